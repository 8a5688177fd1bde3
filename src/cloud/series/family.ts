/** A family: records of one kind, each with its labels and a timeline that several metrics read. */
import type { Labels } from '../../model/labels.ts'
import type { Matcher, Pace, SeriesData } from '../../promql/index.ts'
import { LabelIndex } from './label-index.ts'
import { labelMatcher } from './label-matcher.ts'
import type { Merge } from './rows.ts'
import { type Columns, Timeline } from './timeline.ts'

/** One metric of the records: which columns it reads, and the series these become. */
export interface Metric {
  readonly name: string
  readonly columns: readonly number[]
  /** `extra`: labels beside the record's own. */
  readonly series: readonly {
    readonly extra: Labels
    readonly value: (columns: Columns) => Float64Array
  }[]
}

const RECORDS_A_STEP = 256

/** What a series is called. */
export interface SeriesName {
  readonly name: string
  /** Of its record. */
  readonly labels: Labels
  readonly extra: Labels
}

/** What is read, and where it goes. */
export interface Reading {
  readonly startMs: number
  readonly endMs: number
  readonly found: SeriesData[]
}

interface Match {
  readonly metric: Metric
  readonly series: Metric['series']
  readonly records: readonly Record[]
}

interface Record {
  readonly labels: Labels
  readonly timeline: Timeline
  /** Labels of its series, of the metrics that were asked for: the same object each time. */
  readonly seriesLabels: Map<Metric['series'][number], Labels>
}

export class Family {
  readonly #metrics: readonly Metric[]
  readonly #records = new Map<string, Record>()
  readonly #index = new LabelIndex<Record>()
  #made = 0

  constructor(metrics: readonly Metric[]) {
    this.#metrics = metrics
  }

  get size(): number {
    return this.#records.size
  }

  /** The timeline of the record with this key; `make` is asked when it is new. */
  timeline(key: string): Timeline | undefined {
    return this.#records.get(key)?.timeline
  }

  create(key: string, labels: Labels, merges: readonly Merge[]): Timeline {
    const timeline = new Timeline(merges, this.#made++)
    const record = { labels, timeline, seriesLabels: new Map() }
    this.#records.set(key, record)
    this.#index.add(record, labels)
    return timeline
  }

  /** The series that satisfy all matchers, with their samples in `[startMs, endMs]` when there are any. */
  select(matchers: readonly Matcher[], startMs: number, endMs: number): SeriesData[] {
    const found: SeriesData[] = []
    for (const match of this.#find(matchers)) {
      for (const record of match.records) readRecord(record, match, { startMs, endMs, found })
    }
    return found
  }

  /** The same, resting as `pace` says; adds to `found`. */
  async selectPaced(matchers: readonly Matcher[], reading: Reading, pace: Pace): Promise<void> {
    for (const match of this.#find(matchers)) {
      for (const record of match.records) {
        const samples = readRecord(record, match, reading)
        const rest = pace.read(samples > 0 ? match.series.length : 0, samples)
        if (rest) await rest
      }
    }
  }

  /** The same series without reading them; samples that late rows removed may make it one too many. */
  *names(matchers: readonly Matcher[], startMs: number, endMs: number): Generator<SeriesName> {
    for (const { metric, series, records } of this.#find(matchers)) {
      for (const { labels, timeline } of records) {
        if (timeline.lastMs < startMs || timeline.firstMs > endMs) continue
        for (const { extra } of series) yield { name: metric.name, labels, extra }
      }
    }
  }

  #find(matchers: readonly Matcher[]): Match[] {
    const compiled = matchers.map(labelMatcher)
    const named = compiled.filter(({ name }) => name === '__name__')
    const metrics = this.#metrics.filter((metric) =>
      named.every(({ matches }) => matches(metric.name)),
    )
    if (metrics.length === 0) return []
    const own = new Set(
      metrics.flatMap(({ series }) => series.flatMap(({ extra }) => Object.keys(extra))),
    )
    const records = this.#index.find(
      compiled.filter(({ name }) => name !== '__name__' && !own.has(name)),
    )
    return metrics.map((metric) => {
      const series = metric.series.filter(({ extra }) =>
        compiled.every(({ name, matches }) => !own.has(name) || matches(extra[name] ?? '')),
      )
      return { metric, series, records: series.length > 0 ? records : [] }
    })
  }

  /** In steps: others may work between them. */
  *dropBefore(time: number): Generator<void> {
    let records = 0
    for (const [key, record] of this.#records) {
      if (++records % RECORDS_A_STEP === 0) yield
      record.timeline.dropBefore(time)
      if (!record.timeline.isEmpty) continue
      this.#records.delete(key)
      this.#index.remove(record, record.labels)
    }
  }
}

/** Returns how many samples were found. */
function readRecord(
  record: Record,
  { metric, series }: Match,
  { startMs, endMs, found }: Reading,
): number {
  const columns = record.timeline.read(startMs, endMs, metric.columns)
  if (!columns) return 0
  const { times } = columns
  for (const one of series) {
    found.push({ labels: labelsOf(record, metric, one), times, values: one.value(columns) })
  }
  return times.length * series.length
}

function labelsOf(record: Record, { name }: Metric, series: Metric['series'][number]): Labels {
  const known = record.seriesLabels.get(series)
  if (known) return known
  const labels = { __name__: name, ...record.labels, ...series.extra }
  record.seriesLabels.set(series, labels)
  return labels
}
