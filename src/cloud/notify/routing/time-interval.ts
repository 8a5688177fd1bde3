/** Time intervals: when routes are muted or active. Source: alertmanager `timeinterval/timeinterval.go`. */
import type { UnixMs } from '../../../model/time.ts'
import { type CivilDay, weekdayOf } from '../../calendar/civil-day.ts'
import { type DayTimes, isWithin, nextChange, zoneOf } from '../day-times.ts'

/** Both ends count. */
export interface Range {
  readonly from: number
  readonly to: number
}

/** All that is said must hold, of each list one; an empty list never holds. */
export interface TimeInterval {
  /** `from` comes before `to`. */
  readonly times?: readonly DayTimes[]
  /** 0 is Sunday. */
  readonly weekdays?: readonly Range[]
  /** Negative ones count from the end of the month: -1 is its last day. */
  readonly daysOfMonth?: readonly Range[]
  readonly months?: readonly Range[]
  readonly years?: readonly Range[]
  /** IANA name. */
  readonly timeZone: string
}

const WHOLE_DAY: readonly DayTimes[] = [{ from: '00:00', to: '24:00' }]

/** Whether `at` is in any of them. */
export function isInside(intervals: readonly TimeInterval[], at: UnixMs): boolean {
  return intervals.some((interval) => {
    const isOn = (day: CivilDay) => isOnDay(interval, day)
    const times = (interval.times ?? WHOLE_DAY).map((each) => ({ ...each, isOn }))
    return isWithin(zoneOf(interval.timeZone), at, times)
  })
}

function isOnDay(interval: TimeInterval, day: CivilDay): boolean {
  const [year = 0, month = 0, date = 0] = day.split('-').map(Number)
  const { weekdays, daysOfMonth, months, years } = interval
  return (
    (daysOfMonth?.some((range) => isOnDate(range, year, month, date)) ?? true) &&
    holds(months, month) &&
    holds(weekdays, weekdayOf(day)) &&
    holds(years, year)
  )
}

function holds(ranges: readonly Range[] | undefined, value: number): boolean {
  return ranges?.some(({ from, to }) => value >= from && value <= to) ?? true
}

/** A month that has no such day ends with its last one; a range that begins after it has none. */
function isOnDate({ from, to }: Range, year: number, month: number, date: number): boolean {
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate()
  const begin = from < 0 ? days + from + 1 : from
  const end = to < 0 ? days + to + 1 : to
  return begin <= days && date >= begin && date <= Math.min(end, days)
}

/** When `wanted` holds next, at one of their borders; undefined: not in the next 30 days. */
export function nextBorder(
  intervals: readonly TimeInterval[],
  at: UnixMs,
  wanted: (instant: UnixMs) => boolean,
): UnixMs | undefined {
  const byZone = Map.groupBy(intervals, ({ timeZone }) => timeZone)
  const found = [...byZone].flatMap(([name, some]) => {
    const times = some.flatMap((interval) => interval.times ?? [])
    return nextChange(zoneOf(name), at, times, wanted) ?? []
  })
  return found.length > 0 ? Math.min(...found) : undefined
}

/** When what `isInside` says changes; undefined: not in the next 30 days. */
export function insideUntil(intervals: readonly TimeInterval[], at: UnixMs): UnixMs | undefined {
  const now = isInside(intervals, at)
  return nextBorder(intervals, at, (instant) => isInside(intervals, instant) !== now)
}
