/** How an environment sees days: what kind each day of a year is, and days of its own. */
import { call, place } from './call.ts'

export const LIKES = ['special', 'workday', 'weekend'] as const

export interface SpecialDay {
  /** `2026-11-11`, or each year `11-11`. */
  readonly date: string
  readonly name: string
  readonly like: (typeof LIKES)[number]
}

export interface CalendarSettings {
  readonly zone: string
  readonly holidays: 'china' | 'none'
  readonly specialDays: readonly SpecialDay[]
}

export type DayKind = 'workday' | 'make-up-workday' | 'weekend' | 'holiday' | 'special'

export interface Day {
  readonly day: string
  readonly kind: DayKind
  readonly whence: 'own' | 'schedule' | 'law' | 'weekday'
  readonly name?: { readonly zh: string; readonly en: string }
}

export interface YearOfDays {
  readonly year: number
  readonly today: string
  /** Later days are known by the day of the week alone. */
  readonly scheduledUntil?: string
  readonly days: readonly Day[]
}

export interface CalendarView {
  readonly calendar: CalendarSettings
  readonly year: YearOfDays
}

/** Without a year: this one. */
export function calendar(environment: string, year: number | undefined): Promise<CalendarView> {
  return call('GET', pathOf(environment, year))
}

export function saveCalendar(
  environment: string,
  settings: CalendarSettings,
  year: number,
): Promise<CalendarView> {
  return call('PUT', pathOf(environment, year), settings)
}

/** Months of a year, the weeks of each begin on Monday: so many places before its first day are empty. */
export function monthsOf(days: readonly Day[]): { readonly blank: number; readonly days: Day[] }[] {
  const months = Map.groupBy(days, ({ day }) => day.slice(0, 7))
  return [...months.values()].map((some) => {
    const first = new Date(some[0]?.day ?? 0).getUTCDay()
    return { blank: (first + 6) % 7, days: some }
  })
}

/** With this one instead of `before`, in the order of their dates. */
export function withDay(
  { specialDays, ...settings }: CalendarSettings,
  day: SpecialDay | undefined,
  before: SpecialDay | undefined,
): CalendarSettings {
  const others = specialDays.filter(({ date }) => date !== before?.date)
  const all = day ? [...others, day] : others
  return { ...settings, specialDays: all.toSorted((a, b) => (a.date < b.date ? -1 : 1)) }
}

function pathOf(environment: string, year: number | undefined): string {
  const path = place(environment, 'calendar')
  return year === undefined ? path : `${path}?year=${year}`
}
