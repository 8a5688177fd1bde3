/** When drills are due: pure. */
import type { UnixMs } from '../../model/time.ts'
import type { Calendar } from '../calendar/calendar.ts'
import { type CivilDay, dayAfter } from '../calendar/civil-day.ts'
import { instantOf, minutesOf } from '../notify/day-times.ts'

/** What people chose for an environment; its zone and its days are those of its calendar. */
export interface DrillPlan {
  readonly enabled: boolean
  /** Of the month. */
  readonly day: 'first-workday' | number
  /** `10:00`. */
  readonly at: string
  /** Who gets the report as a mail. */
  readonly contacts: readonly string[]
}

/** As it is kept. */
export interface KeptPlan extends DrillPlan {
  readonly environment: string
  /** What was due before is not begun. */
  readonly savedAt: UnixMs
  /** The drill of this month, and of those before, was begun; '' before the first. */
  readonly month: string
}

export const DEFAULT_PLAN: DrillPlan = {
  ...{ enabled: false, day: 'first-workday', at: '10:00', contacts: [] },
}

/** A cloud that was down holds it when it is up, so much later at the most. */
export const MAX_LATE_MS = 24 * 3_600_000
/** Days that exist in each month. */
export const MAX_DAY = 28

/** The month whose drill is due; undefined: none. */
export function dueMonth(plan: KeptPlan, calendar: Calendar, now: UnixMs): string | undefined {
  if (!plan.enabled) return undefined
  const months = [calendar.today(now - MAX_LATE_MS), calendar.today(now)].map(monthOf)
  return months.find((month) => {
    const due = dueAt(plan, calendar, month)
    return isOpen(plan, month, due) && due <= now && now - due <= MAX_LATE_MS
  })
}

/** When the next is due, after `now`; undefined: there is none. */
export function nextDue(plan: KeptPlan, calendar: Calendar, now: UnixMs): UnixMs | undefined {
  if (!plan.enabled) return undefined
  let month = monthOf(calendar.today(now))
  for (let n = 0; n < 3; n++) {
    const due = dueAt(plan, calendar, month)
    if (due > now && isOpen(plan, month, due)) return due
    month = monthOf(dayAfter(`${month}-28`, 4))
  }
  return undefined
}

function isOpen({ month: begun, savedAt }: KeptPlan, month: string, due: UnixMs): boolean {
  return month > begun && due >= savedAt
}

function dueAt({ day, at }: DrillPlan, calendar: Calendar, month: string): UnixMs {
  const civil =
    day === 'first-workday'
      ? firstWorkday(calendar, month)
      : `${month}-${String(day).padStart(2, '0')}`
  return instantOf(calendar.zone, civil, minutesOf(at))
}

function firstWorkday(calendar: Calendar, month: string): CivilDay {
  const first = `${month}-01`
  for (let n = 0; n < MAX_DAY; n++) {
    const day = dayAfter(first, n)
    if (calendar.info(day).kind.endsWith('workday')) return day
  }
  return first
}

function monthOf(day: CivilDay): string {
  return day.slice(0, 7)
}
