import type { Labels } from '../model/labels.ts'
import type { UnixMs } from '../model/time.ts'

export type MatchOp = '=' | '!=' | '=~' | '!~'

/** A label matcher, `value` unquoted. Regular expressions are RE2's, anchored at both ends. */
export interface Matcher {
  readonly name: string
  readonly op: MatchOp
  readonly value: string
}

/** One series of the answer; may be a view into the store's own columns, which are not changed. */
export interface SeriesData {
  /** With `__name__`, without empty values. No two series of one answer have the same labels. */
  readonly labels: Labels
  /** Unix ms, strictly ascending. May hold more than was asked for. */
  readonly times: ArrayLike<number>
  /** As long as `times`; `STALE` ends the series for instant selectors. */
  readonly values: ArrayLike<number>
  /** The values are these from `from` on: for a source that makes `values` only when they are asked for. */
  readonly piece?: Float64Array
  readonly from?: number
}

/** How much of each series is looked at: all samples asked for, or the newest of them. */
export type Extent = 'all' | 'newest'

/** Where the language gets its data. Asked once for each selector of an expression. */
export interface Source {
  /**
   * The series that satisfy all `matchers` and have samples in `[startMs, endMs]`, in a stable order. Of `extent`
   * 'newest' the last of these samples will do. Default: all.
   */
  select(
    matchers: readonly Matcher[],
    startMs: UnixMs,
    endMs: UnixMs,
    extent?: Extent,
  ): readonly SeriesData[] | Promise<readonly SeriesData[]>
}

const float = new Float64Array(1)
const bits = new Uint32Array(float.buffer)
const HIGH = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0
const LOW = 1 - HIGH

bits[HIGH] = 0x7ff0_0000
bits[LOW] = 2

/** Prometheus' stale marker, the NaN 0x7ff0000000000002: the series ends here. */
export const STALE = float[0] as number

/**
 * Whether a value is the stale marker. JavaScript may turn the marker into the quiet NaN with the same
 * payload when it passes through a variable, so that one counts too.
 */
export function isStale(value: number): boolean {
  // biome-ignore lint/suspicious/noSelfCompare: the cheapest test for NaN, and nearly all values end here
  if (value === value) return false
  float[0] = value
  return bits[LOW] === 2 && ((bits[HIGH] as number) & 0x7ff7_ffff) === 0x7ff0_0000
}
