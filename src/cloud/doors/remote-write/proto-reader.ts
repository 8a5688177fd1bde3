/** Bounded reading of protobuf: nothing is read beyond the end of its message. */
import { isUtf8 } from 'node:buffer'
import { RemoteWriteFailure } from './failure.ts'

const VARINT = 0
const FIXED64 = 1
const BYTES = 2
const FIXED32 = 5

/** Texts that are not taken, as what is wrong with them. */
export class TextFault {
  readonly message: string

  constructor(message: string) {
    this.message = message
  }
}

const NOT_UTF8 = new TextFault('is not UTF-8')

/** All its methods throw `RemoteWriteFailure`. */
export class ProtoReader {
  readonly #bytes: Buffer
  readonly #view: DataView
  #at = 0
  #end: number
  /** Wire type of the field that was read last. */
  #wire = VARINT
  /** The words of the double that was read last. */
  low = 0
  high = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#end = bytes.length
  }

  get at(): number {
    return this.#at
  }

  /** Of the message that is open. */
  get end(): number {
    return this.#end
  }

  /** Whether the open message has another field. */
  get more(): boolean {
    return this.#at < this.#end
  }

  /** Number of the next field, whose value must be read or skipped next. */
  field(): number {
    const start = this.#at
    const tag = this.#varint()
    this.#wire = tag & 7
    const number = Math.floor(tag / 8)
    if (number < 1 || number > 0x1fff_ffff) throw malformed(`field number ${number}`, start)
    return number
  }

  /** Whether the value of the field is bytes: a text, a message or packed numbers. */
  get isBytes(): boolean {
    return this.#wire === BYTES
  }

  /** An int64; beyond ±2^53 the nearest. */
  int64(): number {
    this.#expect(VARINT)
    return this.#varint()
  }

  /** A number of a packed field that is open. */
  packed(): number {
    return this.#varint()
  }

  /** A double, into `low` and `high`: a variable may turn one NaN into another. */
  double(): void {
    this.#expect(FIXED64)
    const at = this.#take(8)
    this.low = this.#view.getUint32(at, true)
    this.high = this.#view.getUint32(at + 4, true)
  }

  /** A text, or what is wrong with it. */
  text(maxBytes: number): string | TextFault {
    const length = this.#length()
    const start = this.#take(length)
    if (length > maxBytes) return new TextFault(`is longer than ${maxBytes} bytes`)
    const text = this.#bytes.toString('utf8', start, start + length)
    // What cannot be decoded becomes this character, which may also have been sent.
    const suspect = text.includes('\ufffd')
    return suspect && !isUtf8(this.#bytes.subarray(start, start + length)) ? NOT_UTF8 : text
  }

  /** Opens the message or packed numbers that are the value of the field; returns what `close` wants. */
  open(): number {
    const outer = this.#end
    const length = this.#length()
    this.#end = this.#at + length
    return outer
  }

  /** Leaves it, whatever of it was read. */
  close(outer: number): void {
    this.#at = this.#end
    this.#end = outer
  }

  skip(): void {
    if (this.#wire === VARINT) this.#varint()
    else if (this.#wire === FIXED64) this.#take(8)
    else if (this.#wire === BYTES) this.#take(this.#length())
    else if (this.#wire === FIXED32) this.#take(4)
    else throw malformed(`wire type ${this.#wire}`, this.#at)
  }

  #length(): number {
    this.#expect(BYTES)
    const start = this.#at
    const length = this.#varint()
    if (length < 0 || length > this.#end - this.#at) throw truncated(start)
    return length
  }

  #take(length: number): number {
    const start = this.#at
    if (length > this.#end - start) throw truncated(start)
    this.#at += length
    return start
  }

  #varint(): number {
    const start = this.#at
    let value = 0
    let scale = 1
    for (let at = start; at < this.#end; at++, scale *= 128) {
      const byte = this.#bytes[at] as number
      if (at - start === 7) return this.#longVarint()
      value += (byte & 127) * scale
      if (byte < 128) {
        this.#at = at + 1
        return value
      }
    }
    throw truncated(start)
  }

  /** Of 8 to 10 bytes: of 64 bits, two's complement. */
  #longVarint(): number {
    const start = this.#at
    let value = 0n
    for (let i = 0; i < 10; i++) {
      const byte = this.#bytes[this.#take(1)] as number
      value |= BigInt(byte & 127) << BigInt(7 * i)
      if (byte < 128) return Number(BigInt.asIntN(64, value))
    }
    throw malformed('a number of more than 10 bytes', start)
  }

  #expect(wire: number): void {
    if (this.#wire === wire) return
    throw malformed(`wire type ${this.#wire}, not ${wire}`, this.#at)
  }
}

function truncated(at: number): RemoteWriteFailure {
  return new RemoteWriteFailure('truncated', 'a field ends after its message', at)
}

export function malformed(what: string, at: number): RemoteWriteFailure {
  return new RemoteWriteFailure(
    'malformed',
    `the body is not the message it should be: ${what}`,
    at,
  )
}
