/** Series of one value each, in memory: what is written by remote write and by recording rules. */
import { type Labels, labelsKey } from '../../model/labels.ts'
import type { SampleBatch } from '../../model/sample-batch.ts'
import type { UnixMs } from '../../model/time.ts'
import type { Matcher, SeriesData } from '../../promql/index.ts'
import { labelMatcher } from './label-matcher.ts'
import { type SampleColumns, valuesOf } from './sample-chunk.ts'
import { SampleLabels } from './sample-labels.ts'
import { APPENDED, SampleTimelines } from './sample-timelines.ts'

/** `duplicate`: another value is stored for this time, and stays. */
export type RefusedSample = 'too-old' | 'duplicate' | 'series-limit'

export interface AppendedSamples {
  /** Samples that are stored, those that were before among them. */
  readonly written: number
  readonly refused: readonly {
    readonly reason: RefusedSample
    /** Samples. */
    readonly count: number
    /** The first of them, for people. One line. */
    readonly first: string
  }[]
}

export interface SampleLimits {
  /** Series; samples of others are refused. */
  readonly maxSeries: number
  /** Samples before this are refused. */
  readonly oldestMs: UnixMs
}

/** A series, as blocks take records. */
export interface SampleRecord {
  readonly key: string
  readonly labels: Labels
  readonly merges: readonly ['last']
  read(
    startMs: UnixMs,
    endMs: UnixMs,
  ): { readonly times: Float64Array; readonly columns: readonly [Float64Array] } | undefined
}

export class SampleFamily {
  readonly #labels = new SampleLabels()
  readonly #timelines = new SampleTimelines()
  /** Time of the newest sample. */
  newestMs = -Infinity

  /** Series. */
  get size(): number {
    return this.#labels.size
  }

  /** The same batches in the same order lead to the same, whatever was refused. */
  append(batch: SampleBatch, limits: SampleLimits): AppendedSamples {
    const appending = new Appending(batch)
    const pairs = this.#labels.pairsOf(batch)
    const { labels, labelEnds, sampleEnds } = batch
    let labelsFrom = 0
    let from = 0
    for (let series = 0; series < labelEnds.length; series++) {
      const labelsTo = labelEnds[series] as number
      const to = sampleEnds[series] as number
      const own = labels.subarray(labelsFrom, labelsTo)
      const id = this.#idOf(own, pairs, batch, limits)
      if (id < 0) appending.refuse('series-limit', { own, count: to - from, row: from })
      else this.#appendTo(id, appending, { own, from, to }, limits)
      labelsFrom = labelsTo
      from = to
    }
    return appending
  }

  select(matchers: readonly Matcher[], startMs: UnixMs, endMs: UnixMs): SeriesData[] {
    const found: SeriesData[] = []
    for (const id of this.#labels.select(matchers.map(labelMatcher))) {
      const columns = this.#timelines.read(id, startMs, endMs)
      if (!columns) continue
      const labels = this.#labels.labelsOf(id)
      found.push({ labels, times: columns.times, values: valuesOf(columns) })
    }
    return found
  }

  /** The labels of what `select` would answer, and perhaps of a few beside: samples are not looked at. */
  labelSets(matchers: readonly Matcher[], startMs: UnixMs, endMs: UnixMs): Labels[] {
    return this.#labels
      .select(matchers.map(labelMatcher))
      .filter((id) => this.#timelines.has(id, startMs, endMs))
      .map((id) => this.#labels.labelsOf(id))
  }

  /** Each series, to be written to a block. */
  *records(): Generator<SampleRecord> {
    for (const id of this.#labels.all()) {
      const labels = this.#labels.labelsOf(id)
      const read = (startMs: UnixMs, endMs: UnixMs) =>
        recordRows(this.#timelines.read(id, startMs, endMs))
      yield { key: labelsKey(labels), labels, merges: ['last'], read }
    }
  }

  /** Forgets chunks that are all before `time`, and the series of which nothing is left. */
  dropBefore(time: UnixMs): void {
    for (const id of this.#labels.all()) {
      if (!this.#timelines.dropBefore(id, time)) this.#labels.remove(id)
    }
    this.#labels.sweep()
  }

  /** -1 when it is new and there are too many. */
  #idOf(
    own: Uint32Array,
    pairs: Uint32Array,
    { texts }: SampleBatch,
    { maxSeries }: SampleLimits,
  ): number {
    const set = new Uint32Array(own.length)
    let isKnown = true
    for (let at = 0; at < own.length; at++) {
      const pair = pairs[own[at] as number] as number
      set[at] = pair
      if (pair === 0) isKnown = false
    }
    const id = isKnown ? this.#labels.find(set) : -1
    if (id >= 0 || this.size >= maxSeries) return id
    const textOf = (at: number) => {
      const label = own[at] as number
      return [texts[2 * label] as string, texts[2 * label + 1] as string] as const
    }
    const made = this.#labels.add(set, textOf)
    for (let at = 0; at < own.length; at++) pairs[own[at] as number] = set[at] as number
    return made
  }

  #appendTo(id: number, appending: Appending, { own, from, to }: Part, limits: SampleLimits): void {
    const { batch, words } = appending
    for (let row = from; row < to; row++) {
      const time = batch.times[row] as number
      if (time < limits.oldestMs) {
        appending.refuse('too-old', { own, count: 1, row })
        continue
      }
      const low = words[2 * row] as number
      const high = words[2 * row + 1] as number
      const appended = this.#timelines.append(id, time, low, high)
      if (appended === APPENDED.other) appending.refuse('duplicate', { own, count: 1, row })
      else appending.written++
      if (time > this.newestMs) this.newestMs = time
    }
  }
}

/** Rows of one series of a batch. */
interface Part {
  /** Its labels. */
  readonly own: Uint32Array
  readonly from: number
  readonly to: number
}

const LONGEST_NAME = 200

class Appending implements AppendedSamples {
  readonly batch: SampleBatch
  readonly words: Uint32Array
  written = 0
  readonly #refused = new Map<RefusedSample, { count: number; readonly first: string }>()

  constructor(batch: SampleBatch) {
    const { values } = batch
    this.batch = batch
    this.words = new Uint32Array(values.buffer, values.byteOffset, 2 * values.length)
  }

  get refused() {
    return Array.from(this.#refused, ([reason, { count, first }]) => ({ reason, count, first }))
  }

  refuse(
    reason: RefusedSample,
    { own, count, row }: { own: Uint32Array; count: number; row: number },
  ): void {
    const known = this.#refused.get(reason)
    if (known) known.count += count
    else this.#refused.set(reason, { count, first: this.#said(reason, own, row) })
  }

  #said(reason: RefusedSample, own: Uint32Array, row: number): string {
    const { texts, times } = this.batch
    const pairs = Array.from(
      own,
      (label) => `${texts[2 * label]}=${JSON.stringify(texts[2 * label + 1])}`,
    )
    const name = `{${pairs.join(', ')}}`.replaceAll('\n', ' ')
    const shown = name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}…` : name
    return `series ${shown}: ${REFUSED[reason]}, at ${times[row]} ms`
  }
}

const REFUSED: Readonly<Record<RefusedSample, string>> = {
  'too-old': 'older than what is kept in memory',
  duplicate: 'another value is stored for this time',
  'series-limit': 'this environment has as many series as it may',
}

function recordRows(columns: SampleColumns | undefined) {
  if (!columns) return undefined
  return { times: columns.times, columns: [valuesOf(columns)] as const }
}
