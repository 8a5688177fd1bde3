import type { UnixMs } from '../../../model/time.ts'

/** The index of the first of ascending times that is not before `time`. */
export function firstFrom(times: Float64Array, time: UnixMs): number {
  let low = 0
  let high = times.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((times[middle] as number) < time) low = middle + 1
    else high = middle
  }
  return low
}
