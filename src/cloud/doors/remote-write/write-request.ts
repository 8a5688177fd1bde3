/**
 * `prometheus.WriteRequest` (remote write 1.0) and `io.prometheus.write.v2.Request` (2.0), read a series at
 * a time. Of unknown fields nothing is said; created timestamps are among them.
 * https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/
 */
import { malformed, ProtoReader } from './proto-reader.ts'
import {
  FIELDS,
  type ReadSeries,
  type RequestLimits,
  SeriesReader,
  tooMany,
  type Version,
} from './series-reader.ts'

/** About 2 ms: bytes, and what a field costs however small it is. */
const WORK_AT_A_STRETCH = 512 * 1024
const WORK_OF_A_FIELD = 128

export class WriteRequest {
  readonly #bytes: Buffer
  readonly #version: Version
  readonly #limits: RequestLimits
  readonly #reader: SeriesReader
  /** What may still be done before others on the event loop come to their turn. */
  #work = WORK_AT_A_STRETCH

  constructor(bytes: Buffer, version: Version, limits: RequestLimits) {
    this.#bytes = bytes
    this.#version = version
    this.#limits = limits
    this.#reader = new SeriesReader(bytes, version, limits)
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
        yield this.#reader.read(reader)
        reader.close(outer)
      } else reader.skip()
      if (this.#isTime(reader.at - at)) yield undefined
    }
  }

  /** They may stand anywhere in the message. */
  *#readSymbols(): Generator<undefined> {
    const { maxSymbols, maxTextBytes } = this.#limits
    const { symbols } = this.#reader
    const reader = new ProtoReader(this.#bytes)
    while (reader.more) {
      const { at } = reader
      if (reader.field() !== FIELDS[2].symbols) reader.skip()
      else if (symbols.size === maxSymbols) throw tooMany(`${maxSymbols} symbols`, at)
      else {
        const symbol = reader.text(maxTextBytes)
        if (symbols.size === 0 && symbol !== '') {
          throw malformed("the first symbol is not ''", at)
        }
        symbols.add(symbol)
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
}
