import type { UnixMs } from '../../model/time.ts'
import type { Calendar } from '../calendar/calendar.ts'
import type { CivilDay } from '../calendar/civil-day.ts'
import type { Stretch, Stretches } from './baseline.ts'
import { joined, MINUTE_MS, type Minutes } from './minutes.ts'
import type { RangeQuery } from './ports.ts'
import { readMinutes, type Span } from './read-minutes.ts'
import { ReferenceDays, type References } from './reference-days.ts'

/** A baseline stands for this long from its time on: instant selectors look back 5 min. */
export const STEP_MS = 4 * MINUTE_MS

/** The hour before, but not the last 5 min: what begins now shall not hide in what is normal. */
const RECENT_MS = 60 * MINUTE_MS
const RECENT_UNTIL_MS = 5 * MINUTE_MS
/** Heard of in half of it at least. */
const LEAST_RECENT = 30
/** Data may be late by 10 min, buckets that are polled by somewhat more. */
const AGAIN_MS = 15 * MINUTE_MS
/** Of another day: 5 min before and after the middle of the time that the baseline stands for. */
const AROUND_MS = 5 * MINUTE_MS
const LEAST_OF_DAY = 8
/**
 * Other days are read for so many steps ahead: opening a block costs as much as an hour of it. Without common
 * factors: hardly ever two of them at a time.
 */
const STEPS_AHEAD = [13, 14, 15, 17]

/** The minutes that the baselines of one environment are made of, read as they are needed. */
export class EnvironmentMinutes {
  readonly #query: RangeQuery
  readonly #maxPairs: number
  readonly #references = new ReferenceDays()
  #recent: Minutes | undefined
  #days: ReadonlyMap<CivilDay, Minutes> = new Map()

  constructor(query: RangeQuery, maxPairs: number) {
    this.#query = query
    this.#maxPairs = maxPairs
  }

  /** Memory of the minutes. */
  get bytes(): number {
    const all = [...this.#days.values(), ...(this.#recent ? [this.#recent] : [])]
    return all.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  /** They are read again when they are needed. */
  clear(): void {
    this.#recent = undefined
    this.#days = new Map()
  }

  /** What baselines of `atMs`, a whole minute, are made of. */
  async at(
    atMs: UnixMs,
    calendar: Calendar,
  ): Promise<{ readonly stretches: Stretches; readonly references: References }> {
    const middle = atMs + STEP_MS / 2
    const references = await this.#references.at(middle, calendar, this.#query)
    const recent = await this.#recentAt(atMs)
    const days = new Map<CivilDay, Minutes>()
    const ofDays = async (which: readonly CivilDay[]): Promise<Stretch[]> => {
      const stretches: Stretch[] = []
      for (const day of which) {
        const around = calendar.zone.sameTime(middle, day)
        const span = { fromMs: around - AROUND_MS, toMs: around + AROUND_MS }
        const minutes = days.get(day) ?? (await this.#day(day, span, days.size))
        days.set(day, minutes)
        stretches.push({ minutes, ...span, least: LEAST_OF_DAY })
      }
      return stretches
    }
    const day = await ofDays(references.day)
    const week = await ofDays(references.week)
    this.#days = days
    return { stretches: { recent: [recent], day, week }, references }
  }

  async #recentAt(atMs: UnixMs): Promise<Stretch> {
    const toMs = atMs - RECENT_UNTIL_MS
    const fromMs = toMs - RECENT_MS + MINUTE_MS
    const known = this.#recent
    const againMs = toMs - AGAIN_MS + MINUTE_MS
    const newMs = known ? Math.max(fromMs, Math.min(againMs, known.toMs + MINUTE_MS)) : fromMs
    const read = await this.#read({ fromMs: newMs, toMs })
    this.#recent = known ? joined(known, read, fromMs) : read
    return { minutes: this.#recent, fromMs, toMs, least: LEAST_RECENT }
  }

  async #day(day: CivilDay, { fromMs, toMs }: Span, place: number): Promise<Minutes> {
    const known = this.#days.get(day)
    if (known?.covers(fromMs, toMs)) return known
    const ahead = STEPS_AHEAD[place % STEPS_AHEAD.length] ?? 0
    return this.#read({ fromMs, toMs: toMs + ahead * STEP_MS })
  }

  #read(span: Span): Promise<Minutes> {
    return readMinutes(this.#query, span, this.#maxPairs)
  }
}
