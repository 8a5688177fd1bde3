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
    const instants = sorted.map((minute) => instantOf(zone, day, minute))
    const found = instants.find((instant) => instant > at && wanted(instant))
    if (found !== undefined) return found
  }
  return undefined
}

/** When clocks show it; about then where they never do. */
export function instantOf(zone: Zone, day: CivilDay, minute: number): UnixMs {
  if (minute === 24 * 60) return zone.startOf(dayAfter(day, 1))
  const guess = zone.startOf(day) + minute * 60_000
  const shown = minute - zone.minuteOf(guess)
  // It may be of the next day already, or still of the day before.
  const off = shown > 720 ? shown - 1440 : shown < -720 ? shown + 1440 : shown
  // Clocks were changed since midnight.
  return Math.abs(off) <= 120 ? guess + off * 60_000 : guess
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
