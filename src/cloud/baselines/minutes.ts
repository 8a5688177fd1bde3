/** What callees were like minute by minute. */
import type { UnixMs } from '../../model/time.ts'

export const MINUTE_MS = 60_000

/** Calls and failures a minute, mean duration in ms. */
export const OF = ['calls', 'failures', 'duration'] as const
export type Of = (typeof OF)[number]

/** An interface of a callee. */
export interface Pair {
  readonly callee: string
  readonly interface: string
}

export interface PairRow extends Pair {
  readonly row: number
}

export function pairKey(pair: Pair): string {
  return `${pair.callee}\n${pair.interface}`
}

/** Minutes of pairs, in one piece of memory. NaN: no traffic was heard of, which is not zero. */
export class Minutes {
  /** End of the first minute. */
  readonly fromMs: UnixMs
  /** Minutes. */
  readonly count: number
  readonly pairs: ReadonlyMap<string, PairRow>
  /** Pairs that were too many. */
  readonly dropped: number
  readonly #values: Float32Array

  /** `pairs` may come twice. */
  constructor(fromMs: UnixMs, count: number, pairs: Iterable<Pair>, dropped = 0) {
    const rows = new Map<string, PairRow>()
    for (const { callee, interface: name } of pairs) {
      const key = pairKey({ callee, interface: name })
      if (!rows.has(key)) rows.set(key, { callee, interface: name, row: rows.size })
    }
    this.fromMs = fromMs
    this.count = count
    this.pairs = rows
    this.dropped = dropped
    this.#values = new Float32Array(rows.size * OF.length * count).fill(Number.NaN)
  }

  /** End of the last minute. */
  get toMs(): UnixMs {
    return this.fromMs + (this.count - 1) * MINUTE_MS
  }

  get bytes(): number {
    return this.#values.byteLength
  }

  covers(fromMs: UnixMs, toMs: UnixMs): boolean {
    return fromMs >= this.fromMs && toMs <= this.toMs
  }

  /** All minutes of a pair: a view that may be written to. */
  column({ row }: PairRow, of: Of): Float32Array {
    const at = (row * OF.length + OF.indexOf(of)) * this.count
    return this.#values.subarray(at, at + this.count)
  }
}

/** From `fromMs` to the end of `newer`, which counts where both know of a minute. Pairs never heard of there go. */
export function joined(older: Minutes, newer: Minutes, fromMs: UnixMs): Minutes {
  const count = (newer.toMs - fromMs) / MINUTE_MS + 1
  const parts = [
    { minutes: older, endMs: newer.fromMs - MINUTE_MS },
    { minutes: newer, endMs: newer.toMs },
  ]
  const heard = parts.flatMap(({ minutes, endMs }) =>
    [...minutes.pairs.values()].filter((pair) => {
      const calls = between(minutes, minutes.column(pair, 'calls'), fromMs, endMs)
      return calls.some((value) => !Number.isNaN(value))
    }),
  )
  const result = new Minutes(fromMs, count, heard, newer.dropped)
  for (const { minutes, endMs } of parts) {
    for (const [key, pair] of minutes.pairs) {
      const row = result.pairs.get(key)
      if (!row) continue
      const offset = Math.max(0, (minutes.fromMs - fromMs) / MINUTE_MS)
      for (const of of OF) {
        const values = between(minutes, minutes.column(pair, of), fromMs, endMs)
        result.column(row, of).set(values, offset)
      }
    }
  }
  return result
}

/** Of a column, the minutes that end in `[fromMs, toMs]`. */
export function between(
  { fromMs: startMs }: Minutes,
  column: Float32Array,
  fromMs: UnixMs,
  toMs: UnixMs,
): Float32Array {
  const first = Math.max(0, (fromMs - startMs) / MINUTE_MS)
  const end = (toMs - startMs) / MINUTE_MS + 1
  return column.subarray(first, Math.max(first, end))
}
