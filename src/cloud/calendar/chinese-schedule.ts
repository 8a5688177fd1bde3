/**
 * Holidays and 调休 (weekend days worked for them) as the State Council of China announces them each autumn
 * for the year to come. Data: `chinese-days`, 2004 on. Only its data: its functions shift days west of UTC.
 */
import schedule from 'chinese-days/dist/chinese-days.json' with { type: 'json' }
import type { CivilDay } from './civil-day.ts'

/** In Chinese and in English. */
export interface DayName {
  readonly zh: string
  readonly en: string
}

export interface ScheduledDay {
  readonly kind: 'holiday' | 'make-up-workday'
  /** Of the holiday, also on a day worked for it. */
  readonly name: DayName
}

const days = new Map<CivilDay, ScheduledDay>([
  ...scheduled('holiday', schedule.holidays),
  ...scheduled('make-up-workday', schedule.workdays),
])
const years = new Set(Object.keys(schedule.holidays).map(yearOf))

/** Undefined: what the day of the week says. */
export function scheduledDay(day: CivilDay): ScheduledDay | undefined {
  return days.get(day)
}

/** Whether the schedule of its year was announced when the data were made. */
export function isScheduled(day: CivilDay): boolean {
  return years.has(yearOf(day))
}

/** The last day whose kind was announced when the data were made. */
export const SCHEDULED_UNTIL: CivilDay = `${[...years].sort().at(-1)}-12-31`

function* scheduled(
  kind: ScheduledDay['kind'],
  named: Readonly<Record<CivilDay, string>>,
): Generator<[CivilDay, ScheduledDay]> {
  for (const [day, names] of Object.entries(named)) {
    const [en = '', zh = ''] = names.split(',')
    yield [day, { kind, name: { zh, en } }]
  }
}

function yearOf(day: CivilDay): string {
  return day.slice(0, 4)
}
