/**
 * `prometheus.WriteRequest` (remote write 1.0) and `io.prometheus.write.v2.Request` (2.0), read a series at
 * a time. Of unknown fields nothing is said; created timestamps are among them.
 * https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/
 */
import { RemoteWriteFailure } from './failure.ts'
import { malformed, ProtoReader, TextFault } from './proto-reader.ts'
import { SampleBuffer } from './sample-buffer.ts'

export type Version = 1 | 2

export interface RequestLimits {
  /** Of one request, decompressed. */
  readonly maxBytes: number
  /** Of one request. */
  readonly maxSeries: number
  readonly maxSamples: number
  readonly maxSymbols: number
  /** Of one series. */
  readonly maxLabels: number
  /** Of a label's name or value. */
  readonly maxTextBytes: number
}

/** A series as it came. */
export interface ReadSeries {
  /** Names and values in turn; several labels may have one name. */
  readonly texts: readonly string[]
  /** Why these are no labels, '' when they may be. */
  readonly fault: string
  /** In the order they came. */
  readonly times: Float64Array
  readonly values: Float64Array
  /** Native histograms, not read. */
  readonly histograms: number
  readonly exemplars: number
}

/** Numbers of the fields in which the two differ; `others`: where the other has its series. */
const FIELDS = {
  1: { series: 1, others: 5, symbols: 0, exemplars: 3, histograms: 4 },
  2: { series: 5, others: 1, symbols: 4, exemplars: 4, histograms: 3 },
} as const

const LABELS = 1
const SAMPLES = 2

export class WriteRequest {
  readonly #bytes: Buffer
  readonly #version: Version
  readonly #limits: RequestLimits
  readonly #samples = new SampleBuffer()
  #symbols: readonly (string | TextFault)[] = []
  #sampleCount = 0
  /** How far it has been read, in bytes. */
  readBytes = 0

  constructor(bytes: Buffer, version: Version, limits: RequestLimits) {
    this.#bytes = bytes
    this.#version = version
    this.#limits = limits
  }

  /** Throws `RemoteWriteFailure`, also after some series. */
  *series(): Generator<ReadSeries> {
    if (this.#version === 2) this.#symbols = this.#readSymbols()
    const { series, others } = FIELDS[this.#version]
    const reader = new ProtoReader(this.#bytes)
    let count = 0
    while (reader.more) {
      const at = reader.at
      const field = reader.field()
      if (field === others) throw malformed(`it is of version ${3 - this.#version}.0`, at)
      if (field === series) {
        if (++count > this.#limits.maxSeries) throw tooMany('series', this.#limits.maxSeries, at)
        const outer = reader.open()
        yield this.#readSeries(reader)
        reader.close(outer)
      } else reader.skip()
      this.readBytes = reader.at
    }
  }

  /** They may stand anywhere in the message. */
  #readSymbols(): (string | TextFault)[] {
    const { maxSymbols, maxTextBytes } = this.#limits
    const reader = new ProtoReader(this.#bytes)
    const symbols: (string | TextFault)[] = []
    while (reader.more) {
      const at = reader.at
      if (reader.field() !== FIELDS[2].symbols) reader.skip()
      else if (symbols.length === maxSymbols) throw tooMany('symbols', maxSymbols, at)
      else symbols.push(reader.text(maxTextBytes))
      if (symbols.length === 1 && symbols[0] !== '')
        throw malformed("the first symbol is not ''", at)
    }
    return symbols
  }

  #readSeries(reader: ProtoReader): ReadSeries {
    const { exemplars, histograms } = FIELDS[this.#version]
    const labels = new ReadLabels(this.#limits)
    const left = { exemplars: 0, histograms: 0 }
    while (reader.more) {
      const field = reader.field()
      if (field === LABELS) this.#readLabels(reader, labels)
      else if (field === SAMPLES) this.#readSample(reader)
      else {
        if (field === exemplars) left.exemplars++
        if (field === histograms) left.histograms++
        reader.skip()
      }
    }
    return { texts: labels.texts, fault: labels.fault, ...this.#samples.take(), ...left }
  }

  #readLabels(reader: ProtoReader, labels: ReadLabels): void {
    if (this.#version === 2 && !reader.isBytes) return this.#addSymbol(reader.int64(), labels)
    const outer = reader.open()
    if (this.#version === 1) this.#readLabel(reader, labels)
    else while (reader.more) this.#addSymbol(reader.packed(), labels)
    reader.close(outer)
  }

  #readLabel(reader: ProtoReader, labels: ReadLabels): void {
    let name: string | TextFault = ''
    let value: string | TextFault = ''
    while (reader.more) {
      const field = reader.field()
      if (field === 1) name = reader.text(this.#limits.maxTextBytes)
      else if (field === 2) value = reader.text(this.#limits.maxTextBytes)
      else reader.skip()
    }
    labels.add(name)
    labels.add(value)
  }

  #addSymbol(index: number, labels: ReadLabels): void {
    const symbol = this.#symbols[index]
    labels.add(symbol ?? new TextFault(`is symbol ${index} of ${this.#symbols.length}`))
  }

  #readSample(reader: ProtoReader): void {
    const { maxSamples } = this.#limits
    if (++this.#sampleCount > maxSamples) throw tooMany('samples', maxSamples, reader.at)
    const outer = reader.open()
    let time = 0
    let value = 0n
    while (reader.more) {
      const field = reader.field()
      if (field === 1) value = reader.doubleBits()
      else if (field === 2) time = reader.int64()
      else reader.skip()
    }
    reader.close(outer)
    this.#samples.add(time, value)
  }
}

/** Names and values in turn, until the first fault. */
class ReadLabels {
  readonly texts: string[] = []
  #fault = ''
  readonly #maxLabels: number

  constructor({ maxLabels }: RequestLimits) {
    this.#maxLabels = maxLabels
  }

  get fault(): string {
    if (this.#fault !== '' || this.texts.length % 2 === 0) return this.#fault
    return 'a label name without a value'
  }

  add(text: string | TextFault): void {
    if (this.#fault !== '') return
    if (this.texts.length === 2 * this.#maxLabels)
      this.#fault = `more than ${this.#maxLabels} labels`
    else if (typeof text === 'string') this.texts.push(text)
    else this.#fault = this.#what(text)
  }

  #what({ message }: TextFault): string {
    if (this.texts.length % 2 === 0) return `a label name ${message}`
    return `the value of label ${JSON.stringify(this.texts.at(-1))} ${message}`
  }
}

function tooMany(what: string, limit: number, at: number): RemoteWriteFailure {
  return new RemoteWriteFailure('too-large', `more than ${limit} ${what}: send less at a time`, at)
}
