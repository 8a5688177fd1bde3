/** Which minutes of the data there are, and when they are said to have been. */
import { DAY_MINUTES, MINUTE_MS } from './data.ts'

/** 15 o'clock of some day: the traffic is full. */
const LAST = 10 * DAY_MINUTES + 900
/** So far back nothing that is asked for counts as too new to be answered. */
const AGO_MS = 5 * MINUTE_MS

export interface Slot {
  /** Of the minute in the data. */
  readonly number: number
  readonly endMs: number
}

/** The minutes `from` to `to`, both counted back from the last one (0). */
export function slots(lastMs: number, from: number, to = 0): Slot[] {
  return Array.from({ length: from - to + 1 }, (_, at) => {
    const back = from - at
    return { number: LAST - back, endMs: lastMs - back * MINUTE_MS }
  })
}

/** The end of the last minute. */
export function lastMinuteMs(nowMs: number): number {
  return Math.floor((nowMs - AGO_MS) / MINUTE_MS) * MINUTE_MS
}
