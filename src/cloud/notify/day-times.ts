/** Times of day that come back: on which instants they hold, and when that changes. */
import type { UnixMs } from '../../model/time.ts'
import { type CivilDay, dayAfter } from '../calendar/civil-day.ts'
import { Zone } from '../calendar/zone.ts'

/** From `from` (`09:00`) until before `to` (`18:00`, `24:00`); where `to` comes first it is on the next day. */
export interface DayTimes {
  readonly from: string
  readonly to: string
}

export type OnDays = DayTimes & { readonly isOn: (day: CivilDay) => boolean }

/** Whether any of `times` holds at `at`. */
export function isWithin(zone: Zone, at: UnixMs, times: readonly OnDays[]): boolean {
  const day = zone.dayOf(at)
  const minute = zone.minuteOf(at)
  return times.some(({ from, to, isOn }) => {
    const [begin, end] = [minutesOf(from), minutesOf(to)]
    if (begin < end) return minute >= begin && minute < end && isOn(day)
    return (minute >= begin && isOn(day)) || (minute < end && isOn(dayAfter(day, -1)))
  })
}

const MINUTE_MS = 60_000
const DAY_MS = 1440 * MINUTE_MS
/** Days looked ahead: holidays last less. */
const MAX_DAYS = 30

/** The first instant after `at` at which one of `times` begins or ends, or a day does, and `wanted` says so. */
export function nextChange(
  zone: Zone,
  at: UnixMs,
  times: readonly DayTimes[],
  wanted: (instant: UnixMs) => boolean,
): UnixMs | undefined {
  const minutes = new Set([0, ...times.flatMap(({ from, to }) => [minutesOf(from), minutesOf(to)])])
  const sorted = [...minutes].sort((a, b) => a - b)
  for (let n = 0, day = zone.dayOf(at); n <= MAX_DAYS; n++, day = dayAfter(day, 1)) {
    const instants = instantsOf(zone, day, sorted)
    const found = instants.find((instant) => instant > at && wanted(instant))
    if (found !== undefined) return found
  }
  return undefined
}

/** When clocks show these minutes, in order; on a day they are changed on also what they show twice, and the change. */
function instantsOf(zone: Zone, day: CivilDay, minutes: readonly number[]): UnixMs[] {
  const instants = minutes.map((minute) => instantOf(zone, day, minute))
  const start = zone.startOf(day)
  const moreMs = zone.startOf(dayAfter(day, 1)) - start - DAY_MS
  if (moreMs === 0) return instants
  const shiftOf = (at: UnixMs) => zone.minuteOf(at) * MINUTE_MS - (at - start)
  const last = start + DAY_MS + moreMs - MINUTE_MS
  const change = firstOf(start, last, (at) => shiftOf(at) !== shiftOf(start))
  const again = moreMs > 0 ? instants.map((instant) => instant + moreMs) : []
  return [...instants, ...again, change].sort((a, b) => a - b)
}

/** When clocks show it, the first time; where they skip it, when they do. */
export function instantOf(zone: Zone, day: CivilDay, minute: number): UnixMs {
  if (minute === 24 * 60) return zone.startOf(dayAfter(day, 1))
  const start = zone.startOf(day)
  const guess = start + minute * MINUTE_MS
  const shown = minute - zone.minuteOf(guess)
  // It may be of the next day already, or still of the day before.
  const off = shown > 720 ? shown - 1440 : shown < -720 ? shown + 1440 : shown
  // Clocks were changed since midnight.
  const exact = Math.max(start, Math.abs(off) <= 120 ? guess + off * MINUTE_MS : guess)
  if (zone.minuteOf(exact) >= minute) return exact
  return firstOf(exact, guess, (at) => zone.minuteOf(at) >= minute)
}

/** The first minute at which `holds`, which stays so until `to`, where it does. */
function firstOf(from: UnixMs, to: UnixMs, holds: (at: UnixMs) => boolean): UnixMs {
  let [before, after] = [from - MINUTE_MS, to]
  while (after - before > MINUTE_MS) {
    const middle = before + Math.floor((after - before) / MINUTE_MS / 2) * MINUTE_MS
    if (holds(middle)) after = middle
    else before = middle
  }
  return after
}

export function minutesOf(text: string): number {
  const [hours = 0, minutes = 0] = text.split(':').map(Number)
  return hours * 60 + minutes
}

const zones = new Map<string, Zone>()

/** Making one costs a hundred times what using it costs. @throws {RangeError} there is no such zone. */
export function zoneOf(name: string): Zone {
  const zone = zones.get(name) ?? new Zone(name)
  if (zones.size >= 500) zones.clear()
  zones.set(name, zone)
  return zone
}
