import type { Reader } from './reader.ts'
import * as wire from './wire-type.ts'

/** Heads kept in each of two generations: the keys of a full window, and some. One with its key is about 1 KB. */
const MAX_HEADS = 24_576
/** Longer heads are decoded each time. */
const MAX_HEAD_BYTES = 1_024
const FIRST_ARENA_BYTES = 4_096
/** So are the heads of larger reports: keeping them would push out everybody else's. */
const MAX_REPORT_HEADS = 4_096

interface Entry<Head> {
  readonly head: Head
  /** Where its bytes are in the arena of its generation. */
  readonly start: number
  readonly length: number
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
  /** The bytes of the young heads, in the order they came: what is compared next lies next. */
  #arena = Buffer.alloc(FIRST_ARENA_BYTES)
  #arenaView = viewOf(this.#arena)
  #arenaUsed = 0

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
      guess?.generation === this.#generation && this.#isNext(reader, guess)
        ? guess
        : this.#lookUp(reader)
    if (entry === undefined) return this.#decode(reader)
    reader.position += entry.length
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
      this.#arenaUsed = 0
    }
    const start = this.#arenaUsed
    this.#reserve(key.length)
    this.#arenaUsed += this.#arena.write(key, start, 'latin1')
    const { length } = key
    const entry = { head, start, length, generation: this.#generation, next: undefined }
    this.#young.set(key, entry)
    return entry
  }

  #reserve(bytes: number): void {
    const needed = this.#arenaUsed + bytes
    if (needed <= this.#arena.length) return
    const grown = Buffer.alloc(Math.max(needed, 2 * this.#arena.length))
    this.#arena.copy(grown, 0, 0, this.#arenaUsed)
    this.#arena = grown
    this.#arenaView = viewOf(grown)
  }

  /** Four bytes at a time: this is most of what a head costs. */
  #isNext({ view, position, end }: Reader, { start, length }: Entry<Head>): boolean {
    if (position + length > end) return false
    const arena = this.#arenaView
    let at = 0
    for (; at + 4 <= length; at += 4) {
      if (view.getInt32(position + at) !== arena.getInt32(start + at)) return false
    }
    for (; at < length; at++) {
      if (view.getInt8(position + at) !== arena.getInt8(start + at)) return false
    }
    return true
  }
}

function viewOf({ buffer, byteOffset, length }: Buffer): DataView {
  return new DataView(buffer, byteOffset, length)
}
