/**
 * `prometheus.WriteRequest` (remote write 1.0) and `io.prometheus.write.v2.Request` (2.0), read a series at
 * a time. Of unknown fields nothing is said; created timestamps are among them.
 * https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/
 */
import { RemoteWriteFailure } from './failure.ts'
import { type Label, LabelCache } from './label-cache.ts'
import { malformed, ProtoReader, TextFault } from './proto-reader.ts'
import { type LabelLimits, ReadLabels } from './read-labels.ts'
import { SampleBuffer } from './sample-buffer.ts'

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

/** About 2 ms: bytes, and what a field costs however small it is. */
const WORK_AT_A_STRETCH = 512 * 1024
const WORK_OF_A_FIELD = 128

const LABELS = 1
const SAMPLES = 2

export class WriteRequest {
  readonly #bytes: Buffer
  readonly #version: Version
  readonly #limits: RequestLimits
  readonly #samples = new SampleBuffer()
  readonly #cache: LabelCache
  readonly #symbols: (string | TextFault)[] = []
  #sampleCount = 0
  /** What may still be done before others on the event loop come to their turn. */
  #work = WORK_AT_A_STRETCH

  constructor(bytes: Buffer, version: Version, limits: RequestLimits) {
    this.#bytes = bytes
    this.#cache = new LabelCache(bytes)
    this.#version = version
    this.#limits = limits
  }

  /**
   * Each series; `undefined` when it is time to let others on the event loop come to their turn.
   * Throws `RemoteWriteFailure`, also after some series.
   */
  *series(): Generator<ReadSeries | undefined> {
    if (this.#version === 2) yield* this.#readSymbols()
    const { maxSeries, maxSeriesBytes } = this.#limits
    const { series, others } = FIELDS[this.#version]
    const reader = new ProtoReader(this.#bytes)
    let count = 0
    while (reader.more) {
      const { at } = reader
      const field = reader.field()
      if (field === others) throw malformed(`it is of version ${3 - this.#version}.0`, at)
      if (field === series) {
        if (++count > maxSeries) throw tooMany(`${maxSeries} series`, at)
        const outer = reader.open()
        const bytes = reader.end - at
        if (bytes > maxSeriesBytes) throw tooMany(`${maxSeriesBytes} bytes of a series`, at)
        yield this.#readSeries(reader)
        reader.close(outer)
      } else reader.skip()
      if (this.#isTime(reader.at - at)) yield undefined
    }
  }

  /** They may stand anywhere in the message. */
  *#readSymbols(): Generator<undefined> {
    const { maxSymbols, maxTextBytes } = this.#limits
    const reader = new ProtoReader(this.#bytes)
    while (reader.more) {
      const { at } = reader
      if (reader.field() !== FIELDS[2].symbols) reader.skip()
      else if (this.#symbols.length === maxSymbols) throw tooMany(`${maxSymbols} symbols`, at)
      else this.#symbols.push(reader.text(maxTextBytes))
      if (this.#symbols.length === 1 && this.#symbols[0] !== '') {
        throw malformed("the first symbol is not ''", at)
      }
      if (this.#isTime(reader.at - at)) yield undefined
    }
  }

  /** `bytes`: of a field that was read. */
  #isTime(bytes: number): boolean {
    this.#work -= bytes + WORK_OF_A_FIELD
    if (this.#work > 0) return false
    this.#work = WORK_AT_A_STRETCH
    return true
  }

  #readSeries(reader: ProtoReader): ReadSeries {
    const { exemplars, histograms } = FIELDS[this.#version]
    const labels = new ReadLabels(this.#limits)
    let exemplarCount = 0
    let histogramCount = 0
    while (reader.more) {
      const field = reader.field()
      if (field === LABELS) this.#readLabels(reader, labels)
      else if (field === SAMPLES) this.#readSample(reader)
      else {
        if (field === exemplars) exemplarCount++
        if (field === histograms) histogramCount++
        reader.skip()
      }
    }
    const { times, values } = this.#samples.take()
    const { texts, fault } = labels
    return { texts, fault, times, values, exemplars: exemplarCount, histograms: histogramCount }
  }

  #readLabels(reader: ProtoReader, labels: ReadLabels): void {
    if (this.#version === 2 && !reader.isBytes) return this.#addSymbol(reader.int64(), labels)
    const outer = reader.open()
    if (this.#version === 1) {
      const { name, value } = this.#cache.get(reader.at, reader.end, () => this.#readLabel(reader))
      labels.add(name)
      labels.add(value)
    } else while (reader.more) this.#addSymbol(reader.packed(), labels)
    reader.close(outer)
  }

  #readLabel(reader: ProtoReader): Label {
    let name: string | TextFault = ''
    let value: string | TextFault = ''
    while (reader.more) {
      const field = reader.field()
      if (field === 1) name = reader.text(this.#limits.maxTextBytes)
      else if (field === 2) value = reader.text(this.#limits.maxTextBytes)
      else reader.skip()
    }
    return { name, value }
  }

  #addSymbol(index: number, labels: ReadLabels): void {
    const symbol = this.#symbols[index]
    labels.add(symbol ?? new TextFault(`is symbol ${index} of ${this.#symbols.length}`))
  }

  #readSample(reader: ProtoReader): void {
    const { maxSamples } = this.#limits
    if (++this.#sampleCount > maxSamples) throw tooMany(`${maxSamples} samples`, reader.at)
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

function tooMany(what: string, at: number): RemoteWriteFailure {
  return new RemoteWriteFailure('too-large', `more than ${what}: send less at a time`, at)
}
