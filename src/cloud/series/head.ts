/** The data of one environment in memory: what PromQL reads, and the raw events. */
import { LATENCY_BUCKETS } from '../../model/stat.ts'
import { type UnixMs, windowEnd } from '../../model/time.ts'
import type { Matcher, SeriesData, Source } from '../../promql/index.ts'
import type { Batch, Window } from '../../wire/batch.ts'
import { EventHistory } from './event-history.ts'
import { Family } from './family.ts'
import * as metrics from './metrics.ts'
import { eventRecordKey, propertyRecordKey, statRecordKey } from './record-key.ts'
import type { Merge } from './rows.ts'
import type { Timeline } from './timeline.ts'

export interface HeadLimits {
  /** How long before the newest sample data is kept, milliseconds. */
  readonly retentionMs: number
  /** Keys of one family; more are not kept. */
  readonly maxRecords: number
  /** Raw events kept, the newest. */
  readonly maxEvents: number
}

const DEFAULT_WINDOW_MS = 10_000
/** How often old rows are looked for, in time of the data. */
const DROP_EVERY_MS = 600_000

export class Head implements Source {
  readonly events: EventHistory
  /** Rows not kept because there were too many keys, or because they were past the retention. */
  dropped = 0
  /** End of the newest window or the newest event. */
  newestMs = -Infinity
  readonly #limits: HeadLimits
  readonly #stats = new Family(metrics.STAT_METRICS)
  readonly #properties = new Family(metrics.PROPERTY_METRICS)
  readonly #events = new Family(metrics.EVENT_METRICS)
  readonly #agents = new Family(metrics.AGENT_METRICS)
  /** Length of the last window seen: events that come alone count for one like it. */
  #windowMs = DEFAULT_WINDOW_MS
  readonly #row = new Float64Array(5 + LATENCY_BUCKETS)
  #cleanedMs = -Infinity

  constructor(limits: HeadLimits) {
    this.#limits = limits
    this.events = new EventHistory(limits.maxEvents)
  }

  /** Records of all families. */
  get records(): number {
    return this.#families().reduce((sum, { size }) => sum + size, 0)
  }

  apply(batch: Batch, receivedAt: UnixMs): void {
    this.newestMs = Math.max(this.newestMs, newestOf(batch) ?? -Infinity)
    for (const window of batch.windows) this.#applyWindow(window)
    this.#applyEvents(batch)
    this.#applyLag(batch, receivedAt)
    this.#dropOld()
  }

  select(matchers: readonly Matcher[], startMs: UnixMs, endMs: UnixMs): readonly SeriesData[] {
    return this.#families().flatMap((family) => family.select(matchers, startMs, endMs))
  }

  get #oldestMs(): number {
    return this.newestMs - this.#limits.retentionMs
  }

  #families(): Family[] {
    return [this.#stats, this.#properties, this.#events, this.#agents]
  }

  #applyWindow({ endMs, stats, properties }: Window): void {
    if (endMs < this.#oldestMs) {
      this.dropped += stats.length + properties.length
      return
    }
    for (const { key, values } of stats) {
      const labels = () => metrics.statLabels(key)
      const timeline = this.#record(this.#stats, statRecordKey(key), labels, metrics.STAT_MERGES)
      metrics.statRow(values, this.#row)
      timeline?.add(endMs, this.#row)
    }
    for (const { key, value } of properties) {
      const labels = () => metrics.propertyLabels(key)
      const merge = [metrics.propertyMerge(key.policy)]
      this.#record(this.#properties, propertyRecordKey(key), labels, merge)?.add(endMs, [value])
    }
  }

  #applyEvents({ windows, events }: Batch): void {
    const lengthMs = windows[0]?.lengthMs ?? this.#windowMs
    this.#windowMs = lengthMs
    for (const event of events) {
      if (event.at < this.#oldestMs) {
        this.dropped++
        continue
      }
      this.events.add(event)
      const labels = () => metrics.eventLabels(event)
      this.#record(this.#events, eventRecordKey(event), labels, ['add'])?.add(
        windowEnd(event.at, lengthMs),
        [1],
      )
    }
  }

  #applyLag({ id, windows }: Batch, receivedAt: UnixMs): void {
    if (id.lane !== 'fresh') return
    const labels = () => ({ agent: id.agent })
    for (const { endMs } of windows) {
      const lag = Math.max(0, receivedAt - endMs) / 1000
      this.#record(this.#agents, id.agent, labels, ['max'])?.add(endMs, [lag])
    }
  }

  #record(
    family: Family,
    key: string,
    labels: () => ReturnType<typeof metrics.statLabels>,
    merges: readonly Merge[],
  ): Timeline | undefined {
    const known = family.timeline(key)
    if (known) return known
    if (family.size < this.#limits.maxRecords) return family.create(key, labels(), merges)
    this.dropped++
    return undefined
  }

  #dropOld(): void {
    if (this.newestMs < this.#cleanedMs + DROP_EVERY_MS) return
    this.#cleanedMs = this.newestMs
    for (const family of this.#families()) family.dropBefore(this.#oldestMs)
    this.events.dropBefore(this.#oldestMs)
  }
}

/** The newest instant a batch tells of; undefined when it tells of none. */
export function newestOf({ windows, events }: Batch): UnixMs | undefined {
  let newest = -Infinity
  for (const { endMs } of windows) newest = Math.max(newest, endMs)
  for (const { at } of events) newest = Math.max(newest, at)
  return newest === -Infinity ? undefined : newest
}
