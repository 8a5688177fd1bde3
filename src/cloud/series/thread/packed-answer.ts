/**
 * Answers as columns: label texts once, numbers in arrays that change hands without a copy. To clone the same
 * as objects takes some times as long, and cannot be done in slices.
 */
import type { Labels } from '../../../model/labels.ts'
import type { Annotations, SeriesData, Value, VectorSample } from '../../../promql/index.ts'
import { threadTurns } from '../../../support/turns.ts'
import type { Call } from './thread-messages.ts'

export interface PackedAnswer {
  readonly packed: 'vector' | 'matrix' | 'series' | 'labels'
  readonly annotations?: Annotations | undefined
  /** Names and values of labels, each once. */
  readonly texts: readonly string[]
  /** Of each label set how many labels, then of each name and value, as indexes of `texts`. */
  readonly labels: Uint32Array<ArrayBuffer>
  /** Of a vector the value and the instant of each; of series their times, then their values. */
  readonly numbers: Float64Array<ArrayBuffer>
  /** Samples of each series; as many as there are label sets, unless it is a vector. */
  readonly lengths: Uint32Array<ArrayBuffer>
}

/** Label sets, or series, between two looks at the time. */
const SETS_A_LOOK = 64

/** Answers without labels come back as they are. */
export async function packed(call: Call, answer: unknown): Promise<unknown> {
  if (call === 'select') return packSeries('series', answer as readonly SeriesData[])
  if (call === 'labelSets') return packLabels(answer as readonly Labels[])
  return call === 'instant' || call === 'range' ? packValue(answer as Value) : answer
}

export async function unpacked(answer: unknown): Promise<unknown> {
  if (!isPacked(answer)) return answer
  const { packed: type, annotations } = answer
  if (type === 'labels') return unpackLabels(answer)
  if (type === 'vector') return { type, samples: await unpackVector(answer), annotations }
  const series = await unpackSeries(answer)
  return type === 'matrix' ? { type, series, annotations } : series
}

/** The memory of an answer, to be handed over. */
export function buffersOf(answer: unknown): ArrayBuffer[] {
  if (!isPacked(answer)) return []
  return [answer.labels.buffer, answer.numbers.buffer, answer.lengths.buffer]
}

function packValue(value: Value): Value | Promise<PackedAnswer> {
  if (value.type === 'matrix') return packSeries('matrix', value.series, value.annotations)
  return value.type === 'vector' ? packVector(value.samples, value.annotations) : value
}

async function packLabels(all: readonly Labels[]): Promise<PackedAnswer> {
  const sets = new LabelWriter()
  await inSlices(all, (labels) => sets.put(labels))
  const lengths = new Uint32Array(all.length)
  return { packed: 'labels', ...sets.finish(), numbers: new Float64Array(0), lengths }
}

async function unpackLabels(answer: PackedAnswer): Promise<Labels[]> {
  const sets = new LabelReader(answer)
  const all = new Array<Labels>(answer.lengths.length)
  await inSlices(all, (_, at) => {
    all[at] = sets.next()
  })
  return all
}

async function packVector(
  samples: readonly VectorSample[],
  annotations: Annotations,
): Promise<PackedAnswer> {
  const numbers = new Float64Array(samples.length * 2)
  const sets = new LabelWriter()
  await inSlices(samples, ({ labels, value, atMs }, at) => {
    sets.put(labels)
    numbers[2 * at] = value
    numbers[2 * at + 1] = atMs
  })
  return { packed: 'vector', annotations, ...sets.finish(), numbers, lengths: new Uint32Array(0) }
}

async function unpackVector(answer: PackedAnswer): Promise<VectorSample[]> {
  const { numbers } = answer
  const sets = new LabelReader(answer)
  const samples = new Array<VectorSample>(numbers.length / 2)
  await inSlices(samples, (_, at) => {
    const [value = 0, atMs = 0] = [numbers[2 * at], numbers[2 * at + 1]]
    samples[at] = { labels: sets.next(), value, atMs }
  })
  return samples
}

async function packSeries(
  packed: 'matrix' | 'series',
  series: readonly SeriesData[],
  annotations?: Annotations,
): Promise<PackedAnswer> {
  const lengths = Uint32Array.from(series, ({ times }) => times.length)
  const numbers = new Float64Array(lengths.reduce((sum, length) => sum + 2 * length, 0))
  const sets = new LabelWriter()
  let end = 0
  await inSlices(series, ({ labels, times, values }) => {
    sets.put(labels)
    numbers.set(times, end)
    numbers.set(values, end + times.length)
    end += 2 * times.length
  })
  return { packed, annotations, ...sets.finish(), numbers, lengths }
}

async function unpackSeries(answer: PackedAnswer): Promise<SeriesData[]> {
  const { numbers, lengths } = answer
  const sets = new LabelReader(answer)
  const series = new Array<SeriesData>(lengths.length)
  let end = 0
  await inSlices(series, (_, at) => {
    const middle = end + (lengths[at] ?? 0)
    const times = numbers.subarray(end, middle)
    end = middle + times.length
    series[at] = { labels: sets.next(), times, values: numbers.subarray(middle, end) }
  })
  return series
}

class LabelWriter {
  readonly #known = new Map<string, number>()
  #labels = new Uint32Array(256)
  #length = 0

  put(labels: Labels): void {
    const count = this.#length
    this.#push(0)
    for (const name in labels) {
      this.#push(this.#index(name))
      this.#push(this.#index(labels[name] ?? ''))
    }
    this.#labels[count] = (this.#length - count - 1) / 2
  }

  finish(): Pick<PackedAnswer, 'texts' | 'labels'> {
    return { texts: [...this.#known.keys()], labels: this.#labels.slice(0, this.#length) }
  }

  #index(text: string): number {
    const known = this.#known.get(text)
    if (known !== undefined) return known
    this.#known.set(text, this.#known.size)
    return this.#known.size - 1
  }

  #push(number: number): void {
    if (this.#length === this.#labels.length) {
      const grown = new Uint32Array(this.#length * 2)
      grown.set(this.#labels)
      this.#labels = grown
    }
    this.#labels[this.#length++] = number
  }
}

class LabelReader {
  readonly #texts: readonly string[]
  readonly #labels: Uint32Array
  #at = 0

  constructor({ texts, labels }: PackedAnswer) {
    this.#texts = texts
    this.#labels = labels
  }

  next(): Labels {
    const labels: Record<string, string> = {}
    for (let count = this.#next(); count > 0; count--) {
      labels[this.#texts[this.#next()] ?? ''] = this.#texts[this.#next()] ?? ''
    }
    return labels
  }

  #next(): number {
    return this.#labels[this.#at++] ?? 0
  }
}

async function inSlices<Thing>(
  things: readonly Thing[],
  work: (thing: Thing, at: number) => void,
): Promise<void> {
  for (let at = 0; at < things.length; at++) {
    if (at % SETS_A_LOOK === SETS_A_LOOK - 1 && threadTurns.isOver) await threadTurns.next()
    work(things[at] as Thing, at)
  }
}

function isPacked(answer: unknown): answer is PackedAnswer {
  return typeof answer === 'object' && answer !== null && 'packed' in answer
}
