/** Series out of memory and blocks. */
import type { Labels } from '../../../model/labels.ts'
import type { UnixMs } from '../../../model/time.ts'
import type { Extent, Matcher, SeriesData } from '../../../promql/index.ts'
import { Arena } from '../block/arena.ts'
import { firstFrom } from '../block/bisect.ts'
import { type LabelMatcher, labelMatchers } from '../block/label-matcher.ts'
import { Pace } from '../block/pace.ts'
import { compose, type Merge, type RecordRows, settle } from '../block/record-rows.ts'
import type { Together } from '../block/select-together.ts'
import type { Family } from '../memory/family.ts'
import type { Extra, Metric } from '../memory/metric.ts'
import { RowBuffer } from '../memory/row-buffer.ts'
import type { SeriesRecord } from '../memory/series-record.ts'
import { numbersIn } from './block-names.ts'
import { readBlocks } from './read-blocks.ts'
import type { View } from './view.ts'

export interface SeriesQuery {
  readonly matchers: readonly Matcher[]
  /** Both included. */
  readonly startMs: UnixMs
  readonly endMs: UnixMs
  /** As `Source.select`. */
  readonly extent?: Extent
  /** Told, in words, of what cannot be read; the answer lacks it. */
  readonly onMissing?: (what: string) => void
}

/** Others get their turn after so many records. */
const RECORDS_AT_ONCE = 128

export async function selectSeries(
  families: readonly Family[],
  view: View,
  query: SeriesQuery,
): Promise<SeriesData[]> {
  const answers: SeriesData[] = []
  const pace = new Pace()
  for (const family of families) {
    const wanted = wantedFrom(family.metrics, query.matchers)
    if (wanted) await new Selection(family, wanted, query, pace).run(view, answers)
  }
  return answers
}

/** A metric and those of its series that are wanted. */
export interface WantedMetric {
  readonly metric: Metric
  readonly series: readonly { readonly index: number; readonly extra: Extra }[]
  /** Series to be worked out: up to the last one wanted. */
  readonly count: number
}

/** What matchers want of a family. */
interface Wanted {
  readonly metrics: readonly WantedMetric[]
  readonly columns: readonly number[]
  /** Of each metric, where its columns are among those. */
  readonly places: readonly (readonly number[])[]
  /** Those of the labels of its records. */
  readonly own: readonly Matcher[]
}

/** By the metrics of the family; false: nothing. */
const wantedBy = new WeakMap<readonly Matcher[], Map<readonly Metric[], Wanted | false>>()

/** Of the same matchers the same each time: rules ask with the same ones again and again. */
function wantedFrom(metrics: readonly Metric[], matchers: readonly Matcher[]): Wanted | false {
  let families = wantedBy.get(matchers)
  if (!families) {
    families = new Map()
    wantedBy.set(matchers, families)
  }
  let wanted = families.get(metrics)
  if (wanted === undefined) {
    wanted = makeWanted(metrics, matchers)
    families.set(metrics, wanted)
  }
  return wanted
}

function makeWanted(all: readonly Metric[], matchers: readonly Matcher[]): Wanted | false {
  const metrics = wantedOf(all, labelMatchers(matchers))
  if (metrics.length === 0) return false
  const columns = [...new Set(metrics.flatMap(({ metric }) => metric.columns))]
  const places = metrics.map(({ metric }) => metric.columns.map((each) => columns.indexOf(each)))
  const extras = extraNames(all)
  return { metrics, columns, places, own: matchers.filter(({ name }) => !extras.has(name)) }
}

class Selection {
  readonly #family: Family
  readonly #query: SeriesQuery
  readonly #pace: Pace
  readonly #metrics: readonly WantedMetric[]
  readonly #columns: readonly number[]
  readonly #places: readonly (readonly number[])[]
  readonly #own: readonly Matcher[]
  readonly #buffer = new RowBuffer(new Arena())

  constructor(family: Family, wanted: Wanted, query: SeriesQuery, pace: Pace) {
    this.#family = family
    this.#query = query
    this.#pace = pace
    this.#metrics = wanted.metrics
    this.#columns = wanted.columns
    this.#places = wanted.places
    this.#own = wanted.own
  }

  async run(view: View, answers: SeriesData[]): Promise<void> {
    const records = this.#family.find(labelMatchers(this.#own))
    const before = this.#query.startMs < view.floorMs ? await this.#readBlocks(view) : undefined
    let count = 0
    for (let at = 0; at < records.length; at++) {
      const record = records[at] as SeriesRecord
      if (this.#read(record, view, before)) this.#answer(record, answers)
      const rest = ++count % RECORDS_AT_ONCE === 0 ? this.#rest() : undefined
      if (rest) await rest
    }
    for (const record of before?.unnumbered(this.#buffer) ?? []) {
      this.#answer(record, answers)
      if (++count % RECORDS_AT_ONCE === 0) await this.#rest()
    }
  }

  /** What blocks have before memory begins. */
  #readBlocks(view: View): Promise<Together> {
    const family = this.#family
    const wanted = { family: family.name, matchers: this.#own, columns: this.#columns }
    const { arena } = this.#buffer
    const how = { arena, numbers: numbersIn(family), pace: this.#pace }
    return readBlocks(view, this.#query, wanted, how)
  }

  #mergesOf(merges: readonly Merge[]): Merge[] {
    return this.#columns.map((column) => merges[column] ?? 'add')
  }

  /** Rows of a record of memory, and those that blocks have `before` it, into the buffer. */
  #read(record: SeriesRecord, view: View, before: Together | undefined): boolean {
    const { startMs, endMs } = this.#query
    const { timeline } = record
    const buffer = this.#buffer
    const hotMs = Math.max(startMs, view.floorMs)
    const isOld = before?.show(record.number, buffer) ?? false
    const late = before && this.#lateOf(record.lateRows(view.epoch), view)
    if (!late && hotMs > endMs) return isOld
    if (!late && !isOld) return timeline.readInto(hotMs, endMs, this.#columns, buffer)
    const past: RecordRows[] = isOld ? [buffer.rows(this.#columns.length)] : []
    if (late) past.push(late)
    const merges = this.#mergesOf(record.merges)
    const old = settle(compose(past, merges))
    const now =
      hotMs <= endMs ? timeline.read(hotMs, endMs, this.#columns, buffer.arena) : undefined
    const rows = now ? compose([old, now], merges) : old
    if (rows.times.length > 0) buffer.copy(rows)
    return rows.times.length > 0
  }

  /** Undefined: none in the time that is asked for. */
  #lateOf(late: RecordRows | undefined, { floorMs, rolledMs }: View): RecordRows | undefined {
    if (!late) return undefined
    const { startMs, endMs } = this.#query
    const from = firstFrom(late.times, Math.max(startMs, rolledMs + 1))
    const to = firstFrom(late.times, Math.min(endMs + 1, floorMs))
    return from < to ? pick(late, this.#columns, from, to) : undefined
  }

  /** What is in the buffer. */
  #answer(record: Named, answers: SeriesData[]): void {
    const buffer = this.#buffer
    for (let at = 0; at < this.#metrics.length; at++) {
      const { metric, series, count } = this.#metrics[at] as WantedMetric
      const places = this.#places[at] as readonly number[]
      if (metric.countsUp) buffer.countUp(places, count)
      for (const { index, extra } of series) {
        const labels = labelsOf(record, metric, extra)
        answers.push(buffer.series(labels, places[index] as number))
      }
    }
  }

  #rest(): Promise<void> | undefined {
    return this.#pace.restIfDue(RECORDS_AT_ONCE * (10 + 5 * this.#columns.length))
  }
}

interface Named {
  readonly labels: Labels
  readonly seriesLabels?: Labels[]
}

/** Of a record of memory the same object each time. */
function labelsOf({ labels, seriesLabels }: Named, { name }: Metric, extra: Extra): Labels {
  const known = seriesLabels?.[extra.number]
  if (known) return known
  const all = { __name__: name, ...labels, ...extra.labels }
  if (seriesLabels) seriesLabels[extra.number] = all
  return all
}

/** Metrics with series that satisfy the matchers. */
export function wantedOf(
  metrics: readonly Metric[],
  matchers: readonly LabelMatcher[],
): readonly WantedMetric[] {
  const extras = extraNames(metrics)
  const tests = matchers.filter(({ name }) => extras.has(name))
  return metrics.flatMap((metric) => {
    const all = metric.series.map((extra, index) => ({ index, extra }))
    const series = all.filter(({ extra }) => {
      const labels: Labels = { __name__: metric.name, ...extra.labels }
      return tests.every(({ name, matches }) => matches(labels[name] ?? ''))
    })
    if (series.length === 0) return []
    return [{ metric, series, count: (series.at(-1)?.index ?? 0) + 1 }]
  })
}

/** Labels that the metrics give, beside the records' own. */
export function extraNames(metrics: readonly Metric[]): ReadonlySet<string> {
  const names = metrics.flatMap(({ series }) => series.flatMap(({ labels }) => Object.keys(labels)))
  return new Set([...names, '__name__'])
}

/** A view of some rows. */
function pick(
  { times, columns, ops }: RecordRows,
  wanted: readonly number[],
  from: number,
  to: number,
): RecordRows {
  return {
    times: times.subarray(from, to),
    columns: wanted.map((column) => (columns[column] as Float64Array).subarray(from, to)),
    ...(ops && { ops: ops.subarray(from, to) }),
  }
}
