/** What kind of day a day is in an environment. */
import type { UnixMs } from '../../model/time.ts'
import { type DayName, isScheduled, scheduledDay } from './chinese-schedule.ts'
import { type CivilDay, weekdayOf } from './civil-day.ts'
import { type CalendarSettings, DEFAULT_CALENDAR, type SpecialDay } from './special-day.ts'
import { statutoryDay } from './statutory-days.ts'
import { Zone } from './zone.ts'

/** `make-up-workday`: a Saturday or Sunday worked for a holiday (调休). */
export type DayKind = 'workday' | 'make-up-workday' | 'weekend' | 'holiday' | 'special'

export interface DayInfo {
  readonly kind: DayKind
  /** Of the holiday, or as the environment calls it. */
  readonly name?: DayName
  /**
   * Who says so: the environment itself, the announced schedule (调休), the law where none is announced yet, or the
   * day of the week.
   */
  readonly whence: 'own' | 'schedule' | 'law' | 'weekday'
  /** False: the schedule of its year is not announced yet, so it may become a holiday, or be worked. */
  readonly known: boolean
}

export class Calendar {
  readonly zone: Zone
  readonly #settings: CalendarSettings
  /** By date, or by month and day. */
  readonly #special: ReadonlyMap<string, SpecialDay>

  /** @throws {RangeError} there is no such zone. */
  constructor(settings: CalendarSettings = DEFAULT_CALENDAR) {
    this.#settings = settings
    this.zone = new Zone(settings.zone)
    this.#special = new Map(settings.specialDays.map((day) => [day.date, day]))
  }

  today(at: UnixMs): CivilDay {
    return this.zone.dayOf(at)
  }

  /** A day of the environment's own wins over schedule and law, those over the weekday; a date over each year's. */
  info(day: CivilDay): DayInfo {
    const own = this.#special.get(day) ?? this.#special.get(day.slice('2026-'.length))
    if (own) {
      const name = { zh: own.name, en: own.name }
      return { kind: own.like, name, whence: 'own', known: true }
    }
    return (
      (this.#settings.holidays === 'china' && chineseDay(day)) || {
        ...{ kind: kindOfWeekday(day), whence: 'weekday' },
        known: this.#settings.holidays !== 'china' || isScheduled(day),
      }
    )
  }
}

function chineseDay(day: CivilDay): DayInfo | undefined {
  const scheduled = scheduledDay(day)
  if (scheduled) return { ...scheduled, whence: 'schedule', known: true }
  const statutory = isScheduled(day) ? undefined : statutoryDay(day)
  return statutory && { ...statutory, whence: 'law', known: true }
}

function kindOfWeekday(day: CivilDay): DayKind {
  const weekday = weekdayOf(day)
  return weekday === 0 || weekday === 6 ? 'weekend' : 'workday'
}
