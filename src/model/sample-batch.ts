/** Samples of many series at a time: what the write door and recording rules hand to the series. */
import type { Labels } from './labels.ts'
import type { UnixMs } from './time.ts'

/** In columns: it crosses threads, and is stored, as it is. */
export interface SampleBatch {
  /** Names and values in turn: label `i` is `texts[2 * i]` = `texts[2 * i + 1]`. None twice, no value empty. */
  readonly texts: readonly string[]
  /** Numbers of labels, series after series, each ascending by name and with `__name__`. */
  readonly labels: Uint32Array
  /** Where in `labels` those of each series end. The same series may come several times. */
  readonly labelEnds: Uint32Array
  /** Where in `times` and `values` those of each series end. */
  readonly sampleEnds: Uint32Array
  /** Unix ms, integers, of a series ascending. */
  readonly times: Float64Array
  /** NaNs as they came, bit for bit: Prometheus' stale marker is one. */
  readonly values: Float64Array
  /** They take the place of what is stored for their times. Without, that stays. */
  readonly replaces?: true
}

/** Of one series, for who has few. */
export interface SeriesSamples {
  /** With `__name__`. */
  readonly labels: Labels
  readonly times: Float64Array
  readonly values: Float64Array
}

export class SampleBatchBuilder {
  readonly #texts: string[] = []
  /** Name → value → number. */
  readonly #numbers = new Map<string, Map<string, number>>()
  readonly #labels = new Column((length) => new Uint32Array(length))
  readonly #labelEnds = new Column((length) => new Uint32Array(length))
  readonly #sampleEnds = new Column((length) => new Uint32Array(length))
  readonly #times = new Column((length) => new Float64Array(length))
  /** The low and the high word of each value: a variable may turn one NaN into another. */
  readonly #words = new Column((length) => new Uint32Array(length))

  /** The number of a label. */
  label(name: string, value: string): number {
    let values = this.#numbers.get(name)
    if (!values) {
      values = new Map()
      this.#numbers.set(name, values)
    }
    let number = values.get(value)
    if (number === undefined) {
      number = this.#texts.push(name, value) / 2 - 1
      values.set(value, number)
    }
    return number
  }

  /** A sample of the series that is added next. `low`, `high`: the words of the value as it lies in memory. */
  sample(time: UnixMs, low: number, high: number): void {
    this.#times.push(time)
    this.#words.push(low)
    this.#words.push(high)
  }

  /** The series of the samples since the last. `labels`: numbers, ascending by name. */
  add(labels: readonly number[]): void {
    for (const label of labels) this.#labels.push(label)
    this.#labelEnds.push(this.#labels.length)
    this.#sampleEnds.push(this.#times.length)
  }

  finish(): SampleBatch {
    return {
      texts: this.#texts,
      labels: this.#labels.finish(),
      labelEnds: this.#labelEnds.finish(),
      sampleEnds: this.#sampleEnds.finish(),
      times: this.#times.finish(),
      values: new Float64Array(this.#words.finish().buffer),
    }
  }
}

export function sampleBatchOf(series: Iterable<SeriesSamples>): SampleBatch {
  const builder = new SampleBatchBuilder()
  for (const { labels, times, values } of series) {
    const names = Object.keys(labels).filter((name) => labels[name] !== '')
    const words = wordsOf(values)
    for (const [row, time] of times.entries()) {
      builder.sample(time, words[2 * row] as number, words[2 * row + 1] as number)
    }
    builder.add(names.sort().map((name) => builder.label(name, labels[name] as string)))
  }
  return builder.finish()
}

/** What a batch is made of, for people and tests: series may come several times. */
export function* seriesOf(batch: SampleBatch): Generator<SeriesSamples> {
  const { texts, labels, labelEnds, sampleEnds, times, values } = batch
  for (const [series, labelEnd] of labelEnds.entries()) {
    const own = labels.subarray(labelEnds[series - 1] ?? 0, labelEnd)
    const rows = [sampleEnds[series - 1] ?? 0, sampleEnds[series]] as const
    yield {
      labels: Object.fromEntries(Array.from(own, (at) => [texts[2 * at], texts[2 * at + 1]])),
      times: times.slice(...rows),
      values: values.slice(...rows),
    }
  }
}

/** The low and the high word of each, as they lie in memory. */
export function wordsOf({ buffer, byteOffset, length }: Float64Array): Uint32Array {
  return new Uint32Array(buffer, byteOffset, 2 * length)
}

/** A typed array that grows. */
class Column<T extends Uint32Array | Float64Array> {
  length = 0
  #values: T
  readonly #make: (length: number) => T

  constructor(make: (length: number) => T) {
    this.#make = make
    this.#values = make(64)
  }

  push(value: number): void {
    if (this.length === this.#values.length) this.#grow()
    this.#values[this.length++] = value
  }

  finish(): T {
    return this.#values.slice(0, this.length) as T
  }

  #grow(): void {
    const grown = this.#make(2 * this.length)
    grown.set(this.#values)
    this.#values = grown
  }
}
