/**
 * Series of one value each, in memory: what is written by remote write and by recording rules. Of each time
 * the first value stays, unless a batch replaces it. The same batches in the same order lead to the same, also
 * when some of them are there already: so a flush may take more than was logged when it began.
 */
import type { Labels } from '../../../model/labels.ts'
import type { SampleBatch } from '../../../model/sample-batch.ts'
import type { UnixMs } from '../../../model/time.ts'
import type { Arena } from '../block/arena.ts'
import type { FlatBuffer } from '../block/flat-buffer.ts'
import type { LabelMatcher } from '../block/label-matcher.ts'
import { Pace } from '../block/pace.ts'
import { type AppendedSamples, Appending } from './sample-appending.ts'
import { FlushRecord, type SampleFlush } from './sample-flush.ts'
import { SampleLabels } from './sample-labels.ts'
import { SampleNews } from './sample-news.ts'
import { APPENDED, type SampleRows, SampleTimelines } from './sample-timelines.ts'

export interface SampleLimits {
  /** Series; samples of others are refused. */
  readonly maxSeries: number
  /** Samples before this are refused. */
  readonly oldestMs: UnixMs
  /** Blocks may have samples before this that are not here. */
  readonly floorMs: UnixMs
}

/** Series that are tidied at a stretch, and what one costs, as `Pace` counts. */
const TIDIED_AT_ONCE = 512
const TIDY_COST = 20

export class SampleFamily {
  /** Of blocks: never change it. */
  readonly name = 'sample'
  /** Time of the newest sample. */
  newestMs: UnixMs = -Infinity
  readonly #labels = new SampleLabels()
  readonly #timelines = new SampleTimelines()
  readonly #news = new SampleNews()
  #readers = 0
  /** Pairs of the series at hand. */
  #pairs = new Uint32Array(64)

  /** Series. */
  get size(): number {
    return this.#labels.size
  }

  append(batch: SampleBatch, limits: SampleLimits): AppendedSamples {
    const appending = new Appending(batch)
    const known = this.#knownPairs(batch)
    const { labelEnds, sampleEnds } = batch
    let row = 0
    for (let series = 0; series < labelEnds.length; series++) {
      const end = sampleEnds[series] as number
      const id = this.#idOf(batch, series, known, limits.maxSeries)
      if (id < 0) appending.refuse('series-limit', series, row, end - row)
      else this.#append(id, appending, { series, from: row, to: end }, limits)
      row = end
    }
    return appending.result
  }

  /** While `read` goes on, numbers of series stay what they are. */
  async reading<Answer>(read: () => Promise<Answer>): Promise<Answer> {
    this.#readers++
    try {
      return await read()
    } finally {
      this.#readers--
    }
  }

  /** Numbers of the series that satisfy all matchers, in a stable order; beyond an `await` only in `reading`. */
  find(matchers: readonly LabelMatcher[]): readonly number[] {
    return this.#labels.select(matchers)
  }

  /** Samples with `startMs ≤ time ≤ endMs`, in memory of `arena`; undefined when there are none. */
  read(id: number, startMs: UnixMs, endMs: UnixMs, arena?: Arena): SampleRows | undefined {
    return this.#timelines.read(id, startMs, endMs, arena)
  }

  /** As `read`, into a buffer; false when there are none. */
  readInto(id: number, startMs: UnixMs, endMs: UnixMs, buffer: FlatBuffer): boolean {
    return this.#timelines.readInto(id, startMs, endMs, buffer)
  }

  /** As `readInto`; at least the newest of them. */
  readNewest(id: number, startMs: UnixMs, endMs: UnixMs, buffer: FlatBuffer): boolean {
    return this.#timelines.readNewest(id, startMs, endMs, buffer)
  }

  /** Whether there may be samples in this time: chunks are not looked into. */
  has(id: number, startMs: UnixMs, endMs: UnixMs): boolean {
    return this.#timelines.has(id, startMs, endMs)
  }

  /** With `__name__`, by name; the same object each time. */
  labelsOf(id: number): Labels {
    return this.#labels.labelsOf(id)
  }

  /** As `keyOf` of its labels. */
  keyOf(id: number): string {
    return this.#labels.keyOf(id)
  }

  /** As `labelsOf`, a new object: for those who need many once. */
  makeLabels(id: number): Labels {
    return this.#labels.makeLabels(id)
  }

  labelNames(): Iterable<string> {
    return this.#labels.pairs.names()
  }

  labelValues(name: string): Iterable<string> {
    return this.#labels.pairs.values(name)
  }

  /** Begins one; there may be one at a time. */
  flush(): SampleFlush {
    const endMs = this.newestMs
    const records: FlushRecord[] = []
    let startMs = Infinity
    for (const id of this.#labels.all()) {
      const fromMs = this.#news.from(id)
      if (fromMs > endMs) continue
      records.push(new FlushRecord(this, id, fromMs))
      startMs = Math.min(startMs, fromMs)
    }
    this.#news.take()
    return {
      family: { name: this.name, width: 1, records },
      startMs,
      endMs: records.length > 0 ? endMs : -Infinity,
      end: (isStored) => this.#news.end(isStored),
    }
  }

  /** Forgets chunks that blocks have and that are all before `time`, and series of which nothing is left. */
  async tidy(time: UnixMs, pace = new Pace()): Promise<void> {
    let count = 0
    for (const id of this.#labels.all()) {
      if (!this.#news.hasBefore(id, time) && !this.#timelines.dropBefore(id, time)) {
        this.#labels.remove(id)
      }
      if (++count % TIDIED_AT_ONCE === 0) await pace.rest(TIDY_COST * TIDIED_AT_ONCE)
    }
    if (this.#readers === 0) this.#labels.sweep()
  }

  /** Of each label of the batch the pair; 0 when no series has it. */
  #knownPairs({ texts }: SampleBatch): Uint32Array {
    const pairs = new Uint32Array(texts.length / 2)
    for (let at = 0; at < pairs.length; at++) {
      pairs[at] = this.#labels.pairs.find(texts[2 * at] as string, texts[2 * at + 1] as string)
    }
    return pairs
  }

  /** -1 when it is new and there are too many. `known`: of the labels of the batch the pairs. */
  #idOf(batch: SampleBatch, series: number, known: Uint32Array, maxSeries: number): number {
    const { texts, labels, labelEnds } = batch
    const start = labelEnds[series - 1] ?? 0
    const count = (labelEnds[series] as number) - start
    if (count > this.#pairs.length) this.#pairs = new Uint32Array(2 * count)
    let areKnown = true
    for (let at = 0; at < count; at++) {
      const pair = known[labels[start + at] as number] as number
      this.#pairs[at] = pair
      if (pair === 0) areKnown = false
    }
    const id = areKnown ? this.#labels.find(this.#pairs, count) : -1
    if (id >= 0 || this.size >= maxSeries) return id
    for (let at = 0; at < count; at++) {
      const label = labels[start + at] as number
      const [name, value] = [texts[2 * label] as string, texts[2 * label + 1] as string]
      const pair = this.#labels.pairs.make(name, value)
      this.#pairs[at] = pair
      known[label] = pair
    }
    return this.#labels.add(this.#pairs.subarray(0, count))
  }

  #append(
    id: number,
    appending: Appending,
    { series, from, to }: Rows,
    limits: SampleLimits,
  ): void {
    const { batch, words } = appending
    const { replaces } = batch
    const { oldestMs, floorMs } = limits
    for (let row = from; row < to; row++) {
      const time = batch.times[row] as number
      if (time < oldestMs) {
        appending.refuse('too-old', series, row)
        continue
      }
      const [low, high] = [words[2 * row] as number, words[2 * row + 1] as number]
      const appended = replaces
        ? this.#timelines.replace(id, time, [low, high], time < floorMs)
        : this.#timelines.append(id, time, low, high)
      if (appended === APPENDED.other) appending.refuse('duplicate', series, row)
      else appending.written++
      if (appended !== APPENDED.added) continue
      this.#news.note(id, time)
      if (time > this.newestMs) this.newestMs = time
    }
  }
}

/** Of one series of a batch. */
interface Rows {
  readonly series: number
  readonly from: number
  readonly to: number
}
