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

export interface Samples {
  readonly times: Float64Array
  readonly values: Float64Array
}

export type TimeRefusal = 'too-old' | 'too-new' | 'duplicate'

/**
 * The samples that are taken. Of those of one time the first is; the same again is dropped.
 * `refuse` is told of each other one.
 */
export function inTime(
  samples: Samples,
  bounds: Bounds,
  refuse: (reason: TimeRefusal, time: UnixMs) => void,
): Samples {
  return isFine(samples, bounds) ? samples : picked(samples, bounds, refuse)
}

function isFine({ times }: Samples, { fromMs, toMs }: Bounds): boolean {
  for (let i = 0, last = fromMs - 1; i < times.length; i++) {
    const time = times[i] as number
    if (time <= last || time > toMs) return false
    last = time
  }
  return true
}

function picked(
  { times, values }: Samples,
  { fromMs, toMs }: Bounds,
  refuse: (reason: TimeRefusal, time: UnixMs) => void,
): Samples {
  const bits = new BigUint64Array(values.buffer, values.byteOffset, values.length)
  // Stable: of one time in the order they came.
  const order = Array.from(times, (_, i) => i).sort((a, b) => at(times, a) - at(times, b))
  const taken: number[] = []
  for (const i of order) {
    const time = at(times, i)
    const last = taken.at(-1)
    if (time < fromMs) refuse('too-old', time)
    else if (time > toMs) refuse('too-new', time)
    else if (last === undefined || at(times, last) !== time) taken.push(i)
    else if (bits[last] !== bits[i]) refuse('duplicate', time)
  }
  const kept = BigUint64Array.from(taken, (i) => bits[i] ?? 0n)
  return {
    times: Float64Array.from(taken, (i) => at(times, i)),
    values: new Float64Array(kept.buffer),
  }
}

function at(times: Float64Array, i: number): number {
  return times[i] as number
}
