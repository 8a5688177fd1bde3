/** Reads one series of a request after the other; each is good until the next. */
import { RemoteWriteFailure } from './failure.ts'
import { Label } from './label.ts'
import { LabelCache } from './label-cache.ts'
import type { ProtoReader, TextFault } from './proto-reader.ts'
import { type LabelLimits, ReadLabels } from './read-labels.ts'
import { SampleBuffer } from './sample-buffer.ts'
import { SymbolLabels } from './symbol-labels.ts'

export type Version = 1 | 2

export interface RequestLimits extends LabelLimits {
  /** Of one request, decompressed. */
  readonly maxBytes: number
  /** Of one request. */
  readonly maxSeries: number
  readonly maxSamples: number
  readonly maxSymbols: number
  /** Of one series, as it is sent. */
  readonly maxSeriesBytes: number
  /** Of a label's name or value. */
  readonly maxTextBytes: number
}

/** A series as it came; good until the next is asked for. */
export interface ReadSeries {
  /** Several may have one name. */
  readonly labels: readonly Label[]
  /** Why these are no labels, '' when they may be. */
  readonly fault: string
  /** In the order they came. */
  readonly samples: SampleBuffer
  /** Native histograms, not read. */
  readonly histograms: number
  readonly exemplars: number
}

/** Numbers of the fields in which the two differ; `others`: where the other has its series. */
export const FIELDS = {
  1: { series: 1, others: 5, symbols: 0, exemplars: 3, histograms: 4 },
  2: { series: 5, others: 1, symbols: 4, exemplars: 4, histograms: 3 },
} as const

/** Beyond, names that are the same are several texts: slower, no more. */
const MAX_NAMES = 1000

const LABELS = 1
const SAMPLES = 2

export class SeriesReader {
  /** Of a request of version 2.0: to be filled in before the first series. */
  readonly symbols = new SymbolLabels()
  readonly #version: Version
  readonly #limits: RequestLimits
  readonly #samples = new SampleBuffer()
  readonly #cache: LabelCache
  readonly #labels: ReadLabels
  /** Each name is one text, however often it came. */
  readonly #names = new Map<string, string>()
  #sampleCount = 0

  constructor(bytes: Buffer, version: Version, limits: RequestLimits) {
    this.#cache = new LabelCache(bytes)
    this.#version = version
    this.#limits = limits
    this.#labels = new ReadLabels(limits)
  }

  /** The one that is open in `reader`. Throws `RemoteWriteFailure`. */
  read(reader: ProtoReader): ReadSeries {
    const fields = FIELDS[this.#version]
    const found = { exemplars: 0, histograms: 0 }
    /** Of a label of 2.0 whose value is to come. */
    let name: number | undefined
    this.#labels.clear()
    this.#samples.clear()
    while (reader.more) {
      const field = reader.field()
      if (field === SAMPLES) this.#readSample(reader)
      else if (field === LABELS && this.#version === 1) this.#readLabel(reader)
      else if (field === LABELS) name = this.#readReferences(reader, name)
      else {
        if (field === fields.exemplars) found.exemplars++
        if (field === fields.histograms) found.histograms++
        reader.skip()
      }
    }
    if (name !== undefined) this.#labels.fail('a label name without a value')
    const { labels, fault } = this.#labels
    return { labels, fault, samples: this.#samples, ...found }
  }

  #readLabel(reader: ProtoReader): void {
    const outer = reader.open()
    this.#labels.add(this.#cache.get(reader.at, reader.end, () => this.#newLabel(reader)))
    reader.close(outer)
  }

  #newLabel(reader: ProtoReader): Label {
    let name: string | TextFault = ''
    let value: string | TextFault = ''
    while (reader.more) {
      const field = reader.field()
      if (field === 1) name = reader.text(this.#limits.maxTextBytes)
      else if (field === 2) value = reader.text(this.#limits.maxTextBytes)
      else reader.skip()
    }
    return new Label(typeof name === 'string' ? this.#nameOf(name) : name, value)
  }

  #nameOf(text: string): string {
    const known = this.#names.get(text)
    if (known !== undefined) return known
    if (this.#names.size < MAX_NAMES) this.#names.set(text, text)
    return text
  }

  /** Numbers of symbols, one or packed; `name`: one that waits for its value. Returns such a one. */
  #readReferences(reader: ProtoReader, name: number | undefined): number | undefined {
    if (!reader.isBytes) return this.#addReference(reader.int64(), name)
    const outer = reader.open()
    let waiting = name
    while (reader.more) waiting = this.#addReference(reader.packed(), waiting)
    reader.close(outer)
    return waiting
  }

  #addReference(symbol: number, name: number | undefined): number | undefined {
    if (name === undefined) return symbol
    this.#labels.add(this.symbols.get(name, symbol))
    return undefined
  }

  #readSample(reader: ProtoReader): void {
    const { maxSamples } = this.#limits
    if (++this.#sampleCount > maxSamples) throw tooMany(`${maxSamples} samples`, reader.at)
    const outer = reader.open()
    let time = 0
    let low = 0
    let high = 0
    while (reader.more) {
      const field = reader.field()
      if (field === 1) {
        reader.double()
        low = reader.low
        high = reader.high
      } else if (field === 2) time = reader.int64()
      else reader.skip()
    }
    reader.close(outer)
    this.#samples.add(time, low, high)
  }
}

export function tooMany(what: string, at: number): RemoteWriteFailure {
  return new RemoteWriteFailure('too-large', `more than ${what}: send less at a time`, at)
}
