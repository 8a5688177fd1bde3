/** The data of one environment in memory: what is applied, until blocks have it and for some hours more. */
import type { PropertyRow } from '../../../model/property.ts'
import type { SampleBatch } from '../../../model/sample-batch.ts'
import type { ServerState } from '../../../model/server-state.ts'
import { type UnixMs, windowEnd } from '../../../model/time.ts'
import type { Batch, ColumnBatch, StatColumns, Window } from '../../../wire/index.ts'
import { Pace } from '../block/pace.ts'
import type { Merge } from '../block/record-rows.ts'
import { EventHistory } from '../feeds/event-history.ts'
import { EventTwins } from '../feeds/event-twins.ts'
import { Readings } from '../feeds/readings.ts'
import { Reporters } from '../feeds/reporters.ts'
import type { AppendedSamples } from '../samples/sample-appending.ts'
import { SampleFamily } from '../samples/sample-family.ts'
import { Border } from './border.ts'
import { Families } from './families.ts'
import type { Family } from './family.ts'
import * as metrics from './metrics.ts'
import { eventRecordKey, propertyRecordKey, stateRecordKey } from './record-key.ts'
import type { SeriesRecord } from './series-record.ts'
import { StatIntake, type StatPut } from './stat-intake.ts'
import type { BatchRecords } from './stat-records.ts'

export interface HeadLimits {
  /** Keys of one family; more are folded, or not kept where they cannot be. */
  readonly maxRecords: number
  /** Raw events kept, the newest. */
  readonly maxEvents: number
}

const DEFAULT_WINDOW_MS = 10_000
/** Data older than this is not taken: measured against the newest data, not against the clock. */
export const TAKEN_MS = 25 * 3600_000
/** Of a record, as `Pace` counts. */
const TIDY_COST = 20
/** As long as data may come late. */
const EVENTS_KEPT_MS = TAKEN_MS + 3600_000

export class Head {
  readonly border = new Border()
  readonly families = new Families(this.border)
  readonly samples = new SampleFamily()
  readonly events: EventHistory
  /** End of the newest window or the newest event. */
  newestMs = -Infinity
  /** Length of the last window seen: events that come alone count for one like it. */
  windowMs = DEFAULT_WINDOW_MS
  /** Which feed counts for whom. */
  readonly reporters = new Reporters()
  /** What was read back, and how far. */
  readonly readings: Readings
  readonly twins = new EventTwins()
  readonly #limits: HeadLimits
  readonly #stats: StatIntake
  #dropped = 0

  /** `readBefore`: records with rows of a span that was read back before the start. */
  constructor(limits: HeadLimits, readBefore: Readings['lookUp'] = () => []) {
    this.#limits = limits
    this.events = new EventHistory(limits.maxEvents)
    this.readings = new Readings(readBefore)
    this.#stats = new StatIntake(this.families.stats, this.border, limits.maxRecords)
  }

  /** Rows not kept because there were too many keys, or because they were too old. */
  get dropped(): number {
    return this.#dropped + this.#stats.dropped
  }

  /** Rows that count under a key that tells less, because there were too many. */
  get folded(): number {
    return this.#stats.folded
  }

  apply(batch: ColumnBatch, receivedAt: UnixMs): void {
    this.newestMs = Math.max(this.newestMs, newestOf(batch) ?? -Infinity)
    const stats = this.#stats.batch(batch.statKeys)
    for (const window of batch.windows) this.#applyWindow(window, stats)
    this.#applyEvents(batch)
    this.#applyLag(batch, receivedAt)
  }

  applySamples(batch: SampleBatch): AppendedSamples {
    const { maxRecords } = this.#limits
    const newest = this.samples.newestMs
    const { floorMs } = this.border
    const limits = { maxSeries: maxRecords, oldestMs: this.#oldestMs, floorMs }
    const appended = this.samples.append(batch, limits)
    if (this.samples.newestMs > newest) {
      this.newestMs = Math.max(this.newestMs, this.samples.newestMs)
      this.border.reached(this.samples.newestMs)
    }
    return appended
  }

  /** Forgets what is flushed and before `floorMs`. */
  async tidy(floorMs: UnixMs): Promise<void> {
    const pace = new Pace()
    for (const family of this.families.all) {
      for (const record of [...family.records()]) {
        family.tidy(record, floorMs)
        const rest = pace.restIfDue(TIDY_COST)
        if (rest) await rest
      }
    }
    await this.samples.tidy(floorMs)
    this.#stats.forgetGone()
    for (const family of this.families.all) family.reuse()
    this.events.dropBefore(this.newestMs - EVENTS_KEPT_MS)
  }

  get #oldestMs(): number {
    return this.newestMs - TAKEN_MS
  }

  #applyWindow(window: Window<StatColumns>, records: BatchRecords<SeriesRecord>): void {
    const { endMs, stats, properties, states = [] } = window
    if (endMs < this.#oldestMs) {
      this.#dropped += stats.length + properties.length + states.length
      return
    }
    const put = this.#putter(window)
    if (!put) return
    this.#stats.apply(stats, records, put)
    for (const row of properties) this.#applyProperty(row, put)
    for (const state of states) this.#applyState(state, put)
  }

  /** How rows of this window reach their record; undefined when a newer reading of it is there. */
  #putter({ endMs, lengthMs, reading }: Window<unknown>): StatPut | undefined {
    const span = { fromMs: endMs - lengthMs, toMs: endMs }
    if (!reading) {
      return {
        counts: (reporter, spanMs) => this.reporters.heard(reporter, span, spanMs),
        row: (record, row) => record.add(endMs, row),
        addsAt: endMs,
      }
    }
    const rows = this.readings.begin(reading, span)
    return (
      rows && {
        counts: (reporter) => this.reporters.polled(reporter, span),
        row: (record, row) => rows.set(record, row),
      }
    )
  }

  #applyProperty({ key, value }: PropertyRow, put: StatPut): void {
    const { module, ip, spanMs } = key
    if (!put.counts({ kind: 'property', module, ip }, spanMs)) return
    const labels = () => metrics.propertyLabels(key)
    const merges = metrics.propertyMerges(key.policy)
    const record = this.#record(this.families.properties, propertyRecordKey(key), labels, merges)
    if (record) put.row(record, [value])
  }

  #applyState(state: ServerState, put: StatPut): void {
    const family = state.module === '' ? this.families.nodes : this.families.servers
    const labels = () => metrics.stateLabels(state)
    const record = this.#record(family, stateRecordKey(state), labels, metrics.STATE_MERGES)
    if (record) put.row(record, metrics.stateRow(state))
  }

  #applyEvents({ windows, events }: ColumnBatch): void {
    const lengthMs = windows.find(({ reading }) => !reading)?.lengthMs ?? this.windowMs
    this.windowMs = lengthMs
    for (const event of events) {
      if (event.at < this.#oldestMs) {
        this.#dropped++
        continue
      }
      if (!this.twins.admit(event)) continue
      this.events.add(event)
      const labels = () => metrics.eventLabels(event)
      const key = eventRecordKey(event)
      const record = this.#record(this.families.events, key, labels, metrics.EVENT_MERGES)
      record?.add(windowEnd(event.at, lengthMs), [1])
    }
  }

  #applyLag({ id, windows }: ColumnBatch, receivedAt: UnixMs): void {
    const labels = () => ({ agent: id.agent })
    for (const { endMs, reading } of windows) {
      if (reading) continue
      const lag = Math.max(0, receivedAt - endMs) / 1000
      this.#record(this.families.agents, id.agent, labels, metrics.AGENT_MERGES)?.add(endMs, [lag])
    }
  }

  #record(
    family: Family,
    key: string,
    labels: () => ReturnType<typeof metrics.statLabels>,
    merges: readonly Merge[],
  ): SeriesRecord | undefined {
    const known = family.record(key)
    if (known) return known
    if (family.size < this.#limits.maxRecords) return family.create(key, labels(), merges)
    return this.#drop()
  }

  #drop(): undefined {
    this.#dropped++
  }
}

/** The newest instant a batch tells of; undefined when it tells of none. */
export function newestOf({
  windows,
  events,
}: Pick<Batch<unknown>, 'windows' | 'events'>): UnixMs | undefined {
  let newest = -Infinity
  for (const { endMs } of windows) newest = Math.max(newest, endMs)
  for (const { at } of events) newest = Math.max(newest, at)
  return newest === -Infinity ? undefined : newest
}
