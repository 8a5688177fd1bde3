/** Which days of an environment its baselines may be made of: comparable ones that were wholly there. */
import type { UnixMs } from '../../model/time.ts'
import type { Calendar } from '../calendar/calendar.ts'
import { type CivilDay, dayAfter } from '../calendar/civil-day.ts'
import { comparableDays, weekReference } from '../calendar/comparable-days.ts'
import type { RangeQuery } from './ports.ts'
import { seriesOf } from './read-minutes.ts'

/** Raw data is kept for 8 days: the same minutes 8 days ago are just about to go. */
const MAX_AGE_DAYS = 7
/** One of them may have been a bad day. */
const DAYS = 3
const HOUR_MS = 3600_000
/** So long the night goes with the evening before. */
const NIGHT_MS = 6 * HOUR_MS

export interface References {
  /** The first is the reference of day over day. */
  readonly day: readonly CivilDay[]
  readonly week: readonly CivilDay[]
}

export class ReferenceDays {
  /** Days known to be wholly there. */
  readonly #whole = new Set<CivilDay>()

  /** Those of the day that `at` is in. */
  async at(at: UnixMs, calendar: Calendar, query: RangeQuery): Promise<References> {
    const today = calendar.today(at)
    const isNight = at - calendar.zone.startOf(today) < NIGHT_MS
    const search = { maxAgeDays: MAX_AGE_DAYS, isNight }
    const isWhole = (day: CivilDay) => this.#isWhole(day, calendar, query)
    const day: CivilDay[] = []
    for (const candidate of comparableDays(today, calendar, search)) {
      if (day.length < DAYS && (await isWhole(candidate))) day.push(candidate)
    }
    const week = weekReference(today, calendar, search)
    return { day, week: week !== undefined && (await isWhole(week)) ? [week] : [] }
  }

  /** Agents tell of each window, be it empty: there was one in the first hour of the day and in the last. */
  async #isWhole(day: CivilDay, { zone }: Calendar, query: RangeQuery): Promise<boolean> {
    if (this.#whole.has(day)) return true
    const startMs = zone.startOf(day) + HOUR_MS
    const endMs = zone.startOf(dayAfter(day, 1))
    const expr = 'sum(count_over_time(tars_agent_window_lag_seconds[1h]))'
    const value = await query(expr, { startMs, endMs, stepMs: endMs - startMs })
    const isWhole = seriesOf(value)[0]?.times.length === 2
    if (isWhole) {
      if (this.#whole.size > 2 * MAX_AGE_DAYS) this.#whole.clear()
      this.#whole.add(day)
    }
    return isWhole
  }
}
