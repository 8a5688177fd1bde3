/** The data of one environment in memory: what PromQL reads, and the raw events. */
import type { PropertyRow } from '../../model/property.ts'
import type { ServerState } from '../../model/server-state.ts'
import { LATENCY_BUCKETS, type StatKey, type StatRow } from '../../model/stat.ts'
import { type UnixMs, windowEnd } from '../../model/time.ts'
import type { Matcher, Pace, SeriesData, Source } from '../../promql/index.ts'
import { Slices } from '../../support/turns.ts'
import type { Batch, Window } from '../../wire/batch.ts'
import { EventHistory } from './event-history.ts'
import { EventTwins } from './event-twins.ts'
import { Family, type SeriesName, type Reading as SeriesReading } from './family.ts'
import { Gate } from './gate.ts'
import * as metrics from './metrics.ts'
import { Readings } from './readings.ts'
import { eventRecordKey, propertyRecordKey, stateRecordKey, statRecordKey } from './record-key.ts'
import { type ReporterId, Reporters } from './reporters.ts'
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
/** Rows between two looks at the time. */
const ROWS_A_STEP = 64

export class Head implements Source {
  readonly events: EventHistory
  /** Rows not kept because there were too many keys, or because they were past the retention. */
  dropped = 0
  /** End of the newest window or the newest event. */
  newestMs = -Infinity
  /** Which feed counts for whom. */
  readonly reporters = new Reporters()
  /** What was read back, and how far. */
  readonly readings = new Readings()
  readonly twins = new EventTwins()
  /** Batches are applied while nobody reads. */
  readonly #gate = new Gate()
  readonly #limits: HeadLimits
  readonly #stats = new Family(metrics.STAT_METRICS)
  readonly #properties = new Family(metrics.PROPERTY_METRICS)
  readonly #events = new Family(metrics.EVENT_METRICS)
  readonly #servers = new Family(metrics.SERVER_METRICS)
  readonly #nodes = new Family(metrics.NODE_METRICS)
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

  /** All at once. */
  apply(batch: Batch, receivedAt: UnixMs): void {
    for (const _ of this.#steps(batch, receivedAt));
  }

  /** In slices, and as a whole for those who read within `reading`. */
  applyInSlices(batch: Batch, receivedAt: UnixMs): Promise<void> {
    return this.#gate.alone(async () => {
      const slices = new Slices()
      for (const _ of this.#steps(batch, receivedAt)) if (slices.areOver) await slices.rest()
    })
  }

  /** No batch is applied meanwhile. */
  reading<Result>(read: () => Promise<Result>): Promise<Result> {
    return this.#gate.together(read)
  }

  select(
    matchers: readonly Matcher[],
    startMs: UnixMs,
    endMs: UnixMs,
    pace?: Pace,
  ): readonly SeriesData[] | Promise<readonly SeriesData[]> {
    if (pace) return this.#selectPaced(matchers, { startMs, endMs, found: [] }, pace)
    return this.#families().flatMap((family) => family.select(matchers, startMs, endMs))
  }

  /** What the series are called that `select` would find. */
  *names(matchers: readonly Matcher[], startMs: UnixMs, endMs: UnixMs): Generator<SeriesName> {
    for (const family of this.#families()) yield* family.names(matchers, startMs, endMs)
  }

  async #selectPaced(
    matchers: readonly Matcher[],
    reading: SeriesReading,
    pace: Pace,
  ): Promise<readonly SeriesData[]> {
    for (const family of this.#families()) await family.selectPaced(matchers, reading, pace)
    return reading.found
  }

  /** Applies a batch; others may work between two steps. */
  *#steps(batch: Batch, receivedAt: UnixMs): Generator<void> {
    this.newestMs = Math.max(this.newestMs, newestOf(batch) ?? -Infinity)
    for (const window of batch.windows) yield* this.#applyWindow(window)
    yield* this.#applyEvents(batch)
    this.#applyLag(batch, receivedAt)
    yield* this.#dropOld()
  }

  get #oldestMs(): number {
    return this.newestMs - this.#limits.retentionMs
  }

  #families(): Family[] {
    return [this.#stats, this.#properties, this.#events, this.#servers, this.#nodes, this.#agents]
  }

  *#applyWindow(window: Window): Generator<void> {
    const { endMs, stats, properties, states = [] } = window
    if (endMs < this.#oldestMs) {
      this.dropped += stats.length + properties.length + states.length
      return
    }
    const put = this.#putter(window)
    if (!put) return
    yield* inSteps(stats, (row) => this.#applyStat(row, put))
    yield* inSteps(properties, (row) => this.#applyProperty(row, put))
    yield* inSteps(states, (state) => this.#applyState(state, put))
  }

  /** How rows of this window reach their timeline; undefined when a newer reading of it is there. */
  #putter({ endMs, lengthMs, reading }: Window): Put | undefined {
    const span = { fromMs: endMs - lengthMs, toMs: endMs }
    if (!reading) {
      return {
        counts: (reporter, spanMs) => this.reporters.heard(reporter, span, spanMs),
        row: (timeline, row) => timeline?.add(endMs, row),
      }
    }
    const rows = this.readings.begin(reading, endMs)
    return (
      rows && {
        counts: (reporter) => this.reporters.polled(reporter, span),
        row: (timeline, row) => timeline && rows.set(timeline, row),
      }
    )
  }

  #applyStat({ key, values }: StatRow, put: Put): void {
    if (!put.counts(reporterOf(key), key.spanMs)) return
    const labels = () => metrics.statLabels(key)
    metrics.statRow(values, this.#row)
    put.row(this.#record(this.#stats, statRecordKey(key), labels, metrics.STAT_MERGES), this.#row)
  }

  #applyProperty({ key, value }: PropertyRow, put: Put): void {
    const { module, ip, spanMs } = key
    if (!put.counts({ kind: 'property', module, ip }, spanMs)) return
    const labels = () => metrics.propertyLabels(key)
    const merge = [metrics.propertyMerge(key.policy)]
    put.row(this.#record(this.#properties, propertyRecordKey(key), labels, merge), [value])
  }

  #applyState(state: ServerState, put: Put): void {
    const family = state.module === '' ? this.#nodes : this.#servers
    const labels = () => metrics.stateLabels(state)
    put.row(
      this.#record(family, stateRecordKey(state), labels, metrics.STATE_MERGES),
      metrics.stateRow(state),
    )
  }

  *#applyEvents({ windows, events }: Batch): Generator<void> {
    const lengthMs = windows.find(({ reading }) => !reading)?.lengthMs ?? this.#windowMs
    this.#windowMs = lengthMs
    for (const event of events) {
      yield
      if (event.at < this.#oldestMs) {
        this.dropped++
        continue
      }
      if (!this.twins.admit(event)) continue
      this.events.add(event)
      const labels = () => metrics.eventLabels(event)
      this.#record(this.#events, eventRecordKey(event), labels, ['add'])?.add(
        windowEnd(event.at, lengthMs),
        [1],
      )
    }
  }

  #applyLag({ id, windows }: Batch, receivedAt: UnixMs): void {
    const labels = () => ({ agent: id.agent })
    for (const { endMs, reading } of windows) {
      if (reading) continue
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

  *#dropOld(): Generator<void> {
    if (this.newestMs < this.#cleanedMs + DROP_EVERY_MS) return
    this.#cleanedMs = this.newestMs
    for (const family of this.#families()) yield* family.dropBefore(this.#oldestMs)
    this.events.dropBefore(this.#oldestMs)
  }
}

/** Others may work after each so many rows. */
function* inSteps<Row>(rows: readonly Row[], apply: (row: Row) => void): Generator<void> {
  for (let at = 0; at < rows.length; at++) {
    if (at % ROWS_A_STEP === ROWS_A_STEP - 1) yield
    apply(rows[at] as Row)
  }
}

interface Put {
  /** Whether the feed it came by is the one that counts for this reporter. */
  readonly counts: (reporter: ReporterId, spanMs: number) => boolean
  readonly row: (timeline: Timeline | undefined, row: ArrayLike<number>) => void
}

function reporterOf({ side, caller, callerIp, callee, calleeIp }: StatKey): ReporterId {
  if (side === 'client') return { kind: side, module: caller, ip: callerIp }
  return { kind: side, module: callee, ip: calleeIp }
}

/** The newest instant a batch tells of; undefined when it tells of none. */
export function newestOf({ windows, events }: Batch): UnixMs | undefined {
  let newest = -Infinity
  for (const { endMs } of windows) newest = Math.max(newest, endMs)
  for (const { at } of events) newest = Math.max(newest, at)
  return newest === -Infinity ? undefined : newest
}
