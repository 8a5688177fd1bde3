import { DecodeError } from './decode-error.ts'
import * as wire from './wire-type.ts'

/** Nesting a reader follows in fields it does not know. */
const MAX_DEPTH = 32

const NAMES = [
  'byte',
  'short',
  'int',
  'long',
  'float',
  'double',
  'short string',
  'string',
  'map',
  'list',
  'struct',
  'struct end',
  'zero',
  'bytes',
]

/**
 * Reads TARS fields from `[start, end)` of a buffer, never beyond. Every loop it makes consumes a byte,
 * so time and memory are bounded by the bytes given.
 *
 * A value is read in two steps: `seek` (a field) or `item` (an element) reads its header,
 * then the method of the expected type reads the rest.
 * @throws {DecodeError} from every method.
 */
export class Reader {
  readonly buffer: Buffer
  /** Of the same bytes. */
  readonly view: DataView
  readonly end: number
  /** Where the next byte is read. */
  position: number
  /** Type of the value whose header was read last. */
  type = 0

  constructor(buffer: Buffer, start = 0, end = buffer.length) {
    this.buffer = buffer
    this.view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length)
    this.position = start
    this.end = end
  }

  /** Goes to the field `tag` of this struct; false when it is absent. Ask in ascending order. */
  seek(tag: number): boolean {
    while (this.position < this.end) {
      const before = this.position
      const found = this.#header()
      if (found === tag && this.type !== wire.STRUCT_END) return true
      if (this.type === wire.STRUCT_END || found > tag) {
        this.position = before
        return false
      }
      this.skip()
    }
    return false
  }

  /** Reads the header of an element of a list or map. */
  item(): void {
    this.#header()
  }

  /** The integer field `tag` (< 15), of 64 bits when `isLong`; undefined when absent: `seek` and `int` in one. */
  intField(tag: number, isLong = false): number | undefined {
    const at = this.position
    // A header and 4 bytes fit: then the usual widths are read without asking again.
    if (at + 5 <= this.end) {
      const value = this.#shortInt(at, tag << 4)
      if (value !== undefined) return value
    }
    if (!this.seek(tag)) return undefined
    return isLong ? this.long() : this.int()
  }

  /** An element of a list or map that is an integer of 32 bits: `item` and `int` in one. */
  intItem(): number {
    const at = this.position
    const tagBits = (this.buffer[at] as number) & 0xf0
    // A tag of 15 and more takes a byte of its own.
    if (at + 5 <= this.end && tagBits < 0xf0) {
      const value = this.#shortInt(at, tagBits)
      if (value !== undefined) return value
    }
    this.item()
    return this.int()
  }

  /** An integer of 32 bits, in whatever width it came. */
  int(): number {
    if (this.type === wire.ZERO) return 0
    if (this.type !== wire.LONG) return this.long()
    const value = this.long()
    if (value !== (value | 0)) throw this.#error('out-of-range', `${value} is no 32 bit integer`)
    return value
  }

  /** An integer of 64 bits; one that a number cannot hold exactly is refused. */
  long(): number {
    switch (this.type) {
      case wire.ZERO:
        return 0
      case wire.BYTE:
        return ((this.buffer[this.#take(1)] as number) << 24) >> 24
      case wire.SHORT: {
        const at = this.#take(2)
        const high = ((this.buffer[at] as number) << 24) >> 16
        return high | (this.buffer[at + 1] as number)
      }
      case wire.INT:
        return this.#int32(this.#take(4))
      case wire.LONG: {
        const at = this.#take(8)
        const value = this.#int32(at) * 2 ** 32 + (this.#int32(at + 4) >>> 0)
        if (Number.isSafeInteger(value)) return value
        throw this.#error('out-of-range', `a 64 bit integer beyond ±(2^53 - 1): about ${value}`)
      }
      default:
        throw this.#wrongType('an integer')
    }
  }

  double(): number {
    switch (this.type) {
      case wire.ZERO:
        return 0
      case wire.FLOAT:
        return this.buffer.readFloatBE(this.#take(4))
      case wire.DOUBLE:
        return this.buffer.readDoubleBE(this.#take(8))
      default:
        throw this.#wrongType('a floating-point number')
    }
  }

  /** Text; what is not UTF-8 in it becomes U+FFFD. */
  string(): string {
    const length = this.#stringLength()
    if (length === 0) return ''
    const at = this.#take(length)
    return this.buffer.toString('utf8', at, at + length)
  }

  /** A view of the bytes, not a copy, unless they came as an ordinary list. */
  bytes(): Buffer {
    if (this.type === wire.LIST) return this.#byteList()
    this.expect(wire.SIMPLE_LIST)
    this.#simpleListHeader()
    const length = this.size(1)
    const at = this.#take(length)
    return this.buffer.subarray(at, at + length)
  }

  /** The number of elements that follow, each of at least `minBytes` bytes. */
  size(minBytes: number): number {
    const size = this.intItem()
    if (size >= 0 && size * minBytes <= this.end - this.position) return size
    throw this.#error('bad-size', `size ${size} with ${this.end - this.position} bytes left`)
  }

  expect(type: number): void {
    if (this.type !== type) throw this.#wrongType(NAMES[type] ?? `type ${type}`)
  }

  /** Skips to behind the end of the struct, over fields nobody asked for. */
  endStruct(): void {
    this.#skipStruct(0)
  }

  /** Skips the value whose header was read. */
  skip(depth = 0): void {
    if (depth > MAX_DEPTH) throw this.#error('too-deep', `more than ${MAX_DEPTH} levels`)
    switch (this.type) {
      case wire.BYTE:
        this.#take(1)
        return
      case wire.SHORT:
        this.#take(2)
        return
      case wire.INT:
      case wire.FLOAT:
        this.#take(4)
        return
      case wire.LONG:
      case wire.DOUBLE:
        this.#take(8)
        return
      case wire.STRING1:
      case wire.STRING4:
        this.#take(this.#stringLength())
        return
      case wire.MAP:
        this.#skipItems(2 * this.size(2), depth)
        return
      case wire.LIST:
        this.#skipItems(this.size(1), depth)
        return
      case wire.STRUCT:
        this.#skipStruct(depth)
        return
      case wire.ZERO:
        return
      case wire.SIMPLE_LIST:
        this.#simpleListHeader()
        this.#take(this.size(1))
        return
      default:
        throw this.#wrongType('a value')
    }
  }

  /** An error at the present place. */
  missing(what: string): DecodeError {
    return this.#error('missing-field', `required ${what} is missing`)
  }

  /** The integer at `at` if its header is `tagBits` and it has at most 4 bytes, which are there. */
  #shortInt(at: number, tagBits: number): number | undefined {
    const { buffer } = this
    switch ((buffer[at] as number) ^ tagBits) {
      case wire.ZERO:
        this.position = at + 1
        return 0
      case wire.BYTE:
        this.position = at + 2
        return ((buffer[at + 1] as number) << 24) >> 24
      case wire.SHORT:
        this.position = at + 3
        return (((buffer[at + 1] as number) << 24) >> 16) | (buffer[at + 2] as number)
      case wire.INT:
        this.position = at + 5
        return this.#int32(at + 1)
      default:
        return undefined
    }
  }

  #header(): number {
    const byte = this.buffer[this.#take(1)] as number
    this.type = byte & 15
    const tag = byte >> 4
    return tag < 15 ? tag : (this.buffer[this.#take(1)] as number)
  }

  #take(bytes: number): number {
    const at = this.position
    const next = at + bytes
    if (next > this.end) throw this.#error('truncated', `${next - this.end} more bytes expected`)
    this.position = next
    return at
  }

  // By hand: the methods of Buffer check again what `#take` has checked, and this is the hot path.
  #int32(at: number): number {
    const { buffer } = this
    const high = ((buffer[at] as number) << 24) | ((buffer[at + 1] as number) << 16)
    return high | ((buffer[at + 2] as number) << 8) | (buffer[at + 3] as number)
  }

  #stringLength(): number {
    if (this.type === wire.STRING1) return this.buffer[this.#take(1)] as number
    if (this.type === wire.STRING4) return this.#int32(this.#take(4)) >>> 0
    throw this.#wrongType('a string')
  }

  #simpleListHeader(): void {
    this.#header()
    this.expect(wire.BYTE)
  }

  #byteList(): Buffer {
    const bytes = Buffer.alloc(this.size(1))
    for (let i = 0; i < bytes.length; i++) {
      this.item()
      bytes[i] = this.int()
    }
    return bytes
  }

  #skipItems(count: number, depth: number): void {
    for (let i = 0; i < count; i++) {
      this.#header()
      this.skip(depth + 1)
    }
  }

  #skipStruct(depth: number): void {
    for (;;) {
      this.#header()
      if (this.type === wire.STRUCT_END) return
      this.skip(depth + 1)
    }
  }

  #wrongType(expected: string): DecodeError {
    const found = NAMES[this.type] ?? `type ${this.type}`
    return this.#error('wrong-type', `${found} where ${expected} was expected`)
  }

  #error(reason: DecodeError['reason'], what: string): DecodeError {
    return new DecodeError(reason, `byte ${this.position} of ${this.end}: ${what}`)
  }
}
