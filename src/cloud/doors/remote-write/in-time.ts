/** Which samples of a series are taken: of the right time, in order, one for each time. */
import type { UnixMs } from '../../../model/time.ts'

/** How far behind the environment's newest sample one may be. */
const MAX_LATE_MS = 25 * 3600_000
/** How far ahead of our clock. */
const MAX_AHEAD_MS = 10 * 60_000

/** Both ends are taken. */
export interface Bounds {
  readonly fromMs: UnixMs
  readonly toMs: UnixMs
}

/** `newest`: of the environment; without one the clock stands in. */
export function boundsAt(receivedAt: UnixMs, newest: UnixMs | undefined): Bounds {
  return { fromMs: (newest ?? receivedAt) - MAX_LATE_MS, toMs: receivedAt + MAX_AHEAD_MS }
}

/** The first `length` are meant. */
export interface Samples {
  readonly length: number
  readonly times: Float64Array
  /** The low and the high word of each value. */
  readonly words: Uint32Array
}

export type TimeRefusal = 'too-old' | 'too-new' | 'duplicate'

/** Whether all are taken as they are. */
export function areInTime({ length, times }: Samples, { fromMs, toMs }: Bounds): boolean {
  for (let i = 0, last = fromMs - 1; i < length; i++) {
    const time = times[i] as number
    if (time <= last || time > toMs) return false
    last = time
  }
  return true
}

/**
 * The numbers of those that are taken, ascending in time. Of those of one time the first is; the same again
 * is left out. `refuse` is told of each other one.
 */
export function inTime(
  samples: Samples,
  { fromMs, toMs }: Bounds,
  refuse: (reason: TimeRefusal, time: UnixMs) => void,
): number[] {
  const { length, times } = samples
  const timeOf = (i: number) => times[i] as number
  // Stable: of one time in the order they came.
  const order = Array.from({ length }, (_, i) => i).sort((a, b) => timeOf(a) - timeOf(b))
  const taken: number[] = []
  for (const i of order) {
    const time = timeOf(i)
    const last = taken.at(-1)
    if (time < fromMs) refuse('too-old', time)
    else if (time > toMs) refuse('too-new', time)
    else if (last === undefined || timeOf(last) !== time) taken.push(i)
    else if (!isSame(samples, last, i)) refuse('duplicate', time)
  }
  return taken
}

function isSame({ words }: Samples, a: number, b: number): boolean {
  return words[2 * a] === words[2 * b] && words[2 * a + 1] === words[2 * b + 1]
}
