import type { Reader } from './reader.ts'
import * as wire from './wire-type.ts'

/** Heads kept in each of two generations. A head with its key is about 1 KB. */
const MAX_HEADS = 16_384
/** Longer heads are decoded each time. */
const MAX_HEAD_BYTES = 1_024
/** So are the heads of larger reports: keeping them would push out everybody else's. */
const MAX_REPORT_HEADS = 4_096

interface Entry<Head> {
  readonly head: Head
  readonly bytes: Uint8Array
  /** Entries of an older generation are kept by looking them up, not by guessing. */
  readonly generation: number
  /** What followed it in the last report: a guess, since servers repeat themselves. */
  next: Entry<Head> | undefined
}

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
  #generation = 0
  #young = new Map<string, Entry<Head>>()
  #old = new Map<string, Entry<Head>>()
  #last: Entry<Head> | undefined

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
    if (count > MAX_REPORT_HEADS) return this.#decode(reader)
    const guess = this.#last?.next
    const entry =
      guess?.generation === this.#generation && isNext(reader, guess.bytes)
        ? guess
        : this.#lookUp(reader)
    if (entry === undefined) return this.#decode(reader)
    reader.position += entry.bytes.length
    if (this.#last) this.#last.next = entry
    this.#last = entry
    return entry.head
  }

  /** The entry at the reader, which does not move; undefined when the head is too long to be kept. */
  #lookUp(reader: Reader): Entry<Head> | undefined {
    const start = reader.position
    reader.endStruct()
    const end = reader.position
    reader.position = start
    if (end - start > MAX_HEAD_BYTES) return undefined
    // Text is the cheapest key: V8 hashes and compares it natively, with a secret seed.
    const key = reader.buffer.toString('latin1', start, end)
    return this.#young.get(key) ?? this.#keep(key, this.#old.get(key)?.head ?? this.#peek(reader))
  }

  #peek(reader: Reader): Head {
    const start = reader.position
    const head = this.#decode(reader)
    reader.position = start
    return head
  }

  #keep(key: string, head: Head): Entry<Head> {
    if (this.#young.size >= this.#maxHeads) {
      this.#old = this.#young
      this.#young = new Map()
      this.#generation++
    }
    const bytes = Buffer.from(key, 'latin1')
    const entry = { head, bytes, generation: this.#generation, next: undefined }
    this.#young.set(key, entry)
    return entry
  }
}

function isNext({ buffer, position, end }: Reader, bytes: Uint8Array): boolean {
  const { length } = bytes
  if (position + length > end) return false
  for (let i = 0; i < length; i++) if (buffer[position + i] !== bytes[i]) return false
  return true
}
