/** Who wants a summary of alarms, and of which periods. */
import type { UnixMs } from '../../../model/time.ts'
import { type CivilDay, dayAfter, weekdayOf } from '../../calendar/civil-day.ts'
import { instantOf, minutesOf, zoneOf } from '../day-times.ts'

/** A mail each day, or each week, to contacts and those of groups. */
export interface Subscription {
  readonly id: string
  readonly environment: string
  readonly every: 'day' | 'week'
  /** Of a weekly one; 0 is Sunday. */
  readonly weekday: number
  /** `09:00`; the period ends then. */
  readonly at: string
  /** IANA name. */
  readonly timeZone: string
  readonly contacts: readonly string[]
  readonly groups: readonly string[]
  /** One line also of a period in which nothing happened. */
  readonly evenIfQuiet: boolean
}

/** From `from` until before `to`. */
export interface Period {
  readonly from: UnixMs
  readonly to: UnixMs
}

/** The period that ended last, and the one before it. */
export interface DuePeriod extends Period {
  readonly before: Period
}

export function lastPeriod(subscription: Subscription, now: UnixMs): DuePeriod {
  const zone = zoneOf(subscription.timeZone)
  const days = subscription.every === 'day' ? 1 : 7
  const instant = (day: CivilDay) => instantOf(zone, day, minutesOf(subscription.at))
  let day = zone.dayOf(now)
  while (!isDay(subscription, day) || instant(day) > now) day = dayAfter(day, -1)
  const [earlier, earliest] = [dayAfter(day, -days), dayAfter(day, -2 * days)]
  const from = instant(earlier)
  return { from, to: instant(day), before: { from: instant(earliest), to: from } }
}

/** When the next period ends, after `now`. */
export function nextEnd(subscription: Subscription, now: UnixMs): UnixMs {
  const zone = zoneOf(subscription.timeZone)
  for (let day = zone.dayOf(now); ; day = dayAfter(day, 1)) {
    const end = instantOf(zone, day, minutesOf(subscription.at))
    if (isDay(subscription, day) && end > now) return end
  }
}

function isDay({ every, weekday }: Subscription, day: CivilDay): boolean {
  return every === 'day' || weekdayOf(day) === weekday
}
