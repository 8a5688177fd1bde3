/** Samples of many series at a time: what the write door and recording rules hand to the series. */
import type { Labels } from './labels.ts'

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
  readonly #numbers = new Map<string, Map<string, number>>()
  readonly #labels = new Column((length) => new Uint32Array(length))
  readonly #labelEnds = new Column((length) => new Uint32Array(length))
  readonly #sampleEnds = new Column((length) => new Uint32Array(length))
  readonly #times = new Column((length) => new Float64Array(length))
  readonly #values = new Column((length) => new Float64Array(length))

  /** Samples that were added. */
  get samples(): number {
    return this.#times.length
  }

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

  /** `labels`: numbers, ascending by name. */
  add(labels: ArrayLike<number>, times: Float64Array, values: Float64Array): void {
    this.#labels.add(labels)
    this.#labelEnds.push(this.#labels.length)
    this.#times.add(times)
    this.#values.add(values)
    this.#sampleEnds.push(this.#times.length)
  }

  finish(): SampleBatch {
    return {
      texts: this.#texts,
      labels: this.#labels.finish(),
      labelEnds: this.#labelEnds.finish(),
      sampleEnds: this.#sampleEnds.finish(),
      times: this.#times.finish(),
      values: this.#values.finish(),
    }
  }
}

export function sampleBatchOf(series: Iterable<SeriesSamples>): SampleBatch {
  const builder = new SampleBatchBuilder()
  for (const { labels, times, values } of series) {
    const names = Object.keys(labels)
      .filter((name) => labels[name] !== '')
      .sort()
    const numbers = names.map((name) => builder.label(name, labels[name] ?? ''))
    builder.add(numbers, times, values)
  }
  return builder.finish()
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
    this.#reserve(1)
    this.#values[this.length++] = value
  }

  /** Of arrays of the same kind bit for bit. */
  add(values: ArrayLike<number>): void {
    this.#reserve(values.length)
    this.#values.set(values, this.length)
    this.length += values.length
  }

  finish(): T {
    return this.#values.slice(0, this.length) as T
  }

  #reserve(more: number): void {
    if (this.length + more <= this.#values.length) return
    const grown = this.#make(2 * (this.length + more))
    grown.set(this.#values.subarray(0, this.length))
    this.#values = grown
  }
}
