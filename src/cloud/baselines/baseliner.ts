/**
 * Appends what is normal as series, so that rules are plain PromQL:
 * `tars_baseline{of="calls|failures|duration", by="recent|day|week", stat="median|mad|max", callee, interface}`
 * (`max` of calls by day alone; calls and failures a minute, mean duration in ms) and `tars_baseline_day{by="day|week"}` (Unix seconds of the
 * start of the reference day), `tars_baseline_today{kind="workday|weekend|holiday|…"}` (of today). Where nothing
 * is known there is no series: that is "learning".
 */
import { type SeriesSamples, sampleBatchOf } from '../../model/sample-batch.ts'
import type { UnixMs } from '../../model/time.ts'
import type { Clock } from '../../support/clock.ts'
import type { Log } from '../../support/log.ts'
import { Calendar } from '../calendar/calendar.ts'
import type { CivilDay } from '../calendar/civil-day.ts'
import { baselinesOf, type Pairs, pairsOf } from './baseline.ts'
import { EnvironmentMinutes, STEP_MS } from './environment-minutes.ts'
import type { BaselineSeries, CalendarSource, RangeQuery } from './ports.ts'
import type { References } from './reference-days.ts'
import { WatermarkFollower } from './watermark-follower.ts'

export interface BaselinerOptions {
  readonly series: BaselineSeries
  readonly calendars: CalendarSource
  readonly clock: Clock
  readonly log: Log
  /** Interfaces of callees in one environment; of more those with most calls. Default 5,000. */
  readonly maxPairs?: number
  /** Of minutes kept for all environments. Default 64 MiB. */
  readonly maxBytes?: number
}

/** They are there before the rules of their time are evaluated. */
const LEAD_MS = STEP_MS
/** Rules are evaluated so far back, too. */
const CATCH_UP_MS = 600_000
const MAX_PAIRS = 5_000
const MAX_BYTES = 64 * 1024 * 1024
/** Appended at a time: short enough that other batches need not wait. */
const PAIRS_AT_ONCE = 100

interface Place {
  readonly minutes: EnvironmentMinutes
  /** The newest time whose baselines are there. */
  doneMs: UnixMs
}

export class Baseliner extends WatermarkFollower {
  readonly counters = { appended: 0, refused: 0, droppedPairs: 0 }
  readonly #options: BaselinerOptions
  /** Who was worked for last is the last. */
  readonly #places = new Map<string, Place>()

  constructor(options: BaselinerOptions) {
    super(options.log)
    this.#options = options
  }

  override forget(environment: string): void {
    super.forget(environment)
    this.#places.delete(environment)
  }

  protected override async step(environment: string, watermark: UnixMs): Promise<void> {
    const place = this.#placeOf(environment)
    const newestMs = Math.floor((watermark + LEAD_MS) / STEP_MS) * STEP_MS
    const oldestMs = Math.floor((watermark - CATCH_UP_MS) / STEP_MS) * STEP_MS
    let atMs = Math.max(oldestMs, place.doneMs + STEP_MS)
    for (; atMs <= newestMs; atMs += STEP_MS) {
      await this.#refresh(environment, place.minutes, atMs)
      place.doneMs = atMs
    }
  }

  async #refresh(environment: string, minutes: EnvironmentMinutes, atMs: UnixMs): Promise<void> {
    const { calendars, maxPairs = MAX_PAIRS } = this.#options
    const calendar = new Calendar(await calendars.calendar(environment))
    const { stretches, references } = await minutes.at(atMs, calendar)
    const pairs = pairsOf(stretches)
    const dropped = stretches.recent.reduce((sum, each) => sum + each.minutes.dropped, 0)
    this.counters.droppedPairs += dropped + Math.max(0, pairs.length - maxPairs)
    await this.#append(environment, daysOf(references, calendar, atMs))
    for (let from = 0; from < Math.min(pairs.length, maxPairs); from += PAIRS_AT_ONCE) {
      const some: Pairs = pairs.slice(from, Math.min(maxPairs, from + PAIRS_AT_ONCE))
      await this.#append(environment, baselinesOf(stretches, some, atMs))
    }
    this.#makeRoom()
  }

  async #append(environment: string, samples: Iterable<SeriesSamples>): Promise<void> {
    const batch = sampleBatchOf(samples)
    // It is given away.
    const { length } = batch.times
    if (length === 0) return
    const { series, clock } = this.#options
    const { refused } = await series.appendSamples(environment, batch, clock.now())
    const count = refused.reduce((sum, { reason, count: samples }) => {
      // After a restart: what was there before stays.
      return reason === 'duplicate' ? sum : sum + samples
    }, 0)
    this.counters.appended += length - count
    this.counters.refused += count
  }

  #placeOf(environment: string): Place {
    const { series, maxPairs = MAX_PAIRS } = this.#options
    const query: RangeQuery = (...asked) => series.range(environment, ...asked)
    const place = this.#places.get(environment) ?? {
      minutes: new EnvironmentMinutes(query, maxPairs),
      doneMs: Number.NEGATIVE_INFINITY,
    }
    this.#places.delete(environment)
    this.#places.set(environment, place)
    return place
  }

  /** Whose minutes go reads them again. */
  #makeRoom(): void {
    const { maxBytes = MAX_BYTES } = this.#options
    const all = [...this.#places.values()]
    let bytes = all.reduce((sum, { minutes }) => sum + minutes.bytes, 0)
    for (const { minutes } of all.slice(0, -1)) {
      if (bytes <= maxBytes) return
      bytes -= minutes.bytes
      minutes.clear()
    }
  }
}

function* daysOf(
  references: References,
  calendar: Calendar,
  atMs: UnixMs,
): Generator<SeriesSamples> {
  const { zone } = calendar
  const times = Float64Array.of(atMs)
  const startOf = (day: CivilDay) => Float64Array.of(zone.startOf(day) / 1000)
  const today = calendar.today(atMs)
  const { kind } = calendar.info(today)
  yield { labels: { __name__: 'tars_baseline_today', kind }, times, values: startOf(today) }
  for (const by of ['day', 'week'] as const) {
    const [day] = references[by]
    if (day === undefined) continue
    const labels = { __name__: 'tars_baseline_day', by }
    yield { labels, times, values: startOf(day) }
  }
}
