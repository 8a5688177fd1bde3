import type { Reader } from './reader.ts'
import * as wire from './wire-type.ts'

/** Heads kept in each of two generations. A head with its key is about 1 KB. */
const MAX_HEADS = 16_384
/** Longer heads are decoded each time. */
const MAX_HEAD_BYTES = 1_024
/** So are the heads of larger reports: keeping them would push out everybody else's. */
const MAX_REPORT_HEADS = 4_096

/**
 * Heads of reports by their bytes. A server reports the same heads every interval: one that was seen
 * before costs no strings, and is the same object again, so it can be the key of a `Map`.
 *
 * Bounded: when a generation is full the one before it is forgotten. So equal heads may, rarely, be
 * two objects; who groups by identity must merge by value in the end.
 */
export class HeadTable<Head> {
  readonly #decode: (reader: Reader) => Head
  readonly #maxHeads: number
  #young = new Map<string, Head>()
  #old = new Map<string, Head>()

  /** `decode` reads the struct whose header was read, to its end. */
  constructor(decode: (reader: Reader) => Head, maxHeads = MAX_HEADS) {
    this.#decode = decode
    this.#maxHeads = maxHeads
  }

  /** How many heads it holds. */
  get size(): number {
    return this.#young.size + this.#old.size
  }

  /** The head at the next element of the reader, in a report of `count` heads. @throws {DecodeError} */
  read(reader: Reader, count: number): Head {
    reader.item()
    reader.expect(wire.STRUCT)
    const start = reader.position
    if (count > MAX_REPORT_HEADS) return this.#decode(reader)
    reader.endStruct()
    const end = reader.position
    if (end - start > MAX_HEAD_BYTES) return this.#decodeAt(reader, start)
    // The bytes as text are the cheapest key: V8 hashes and compares them natively, with a secret seed.
    const key = reader.buffer.toString('latin1', start, end)
    const known = this.#young.get(key)
    if (known !== undefined) return known
    const head = this.#old.get(key) ?? this.#decodeAt(reader, start)
    this.#keep(key, head)
    return head
  }

  #decodeAt(reader: Reader, start: number): Head {
    reader.position = start
    return this.#decode(reader)
  }

  #keep(key: string, head: Head): void {
    if (this.#young.size >= this.#maxHeads) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(key, head)
  }
}
