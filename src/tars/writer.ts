import * as wire from './wire-type.ts'

const FIRST_BYTES = 512

/** Writes TARS fields, each in its narrowest form. Used once: `finish` ends it. */
export class Writer {
  #buffer: Buffer = Buffer.allocUnsafe(FIRST_BYTES)
  #length = 0

  /** The header of a field (its tag 0 to 255) or element. */
  header(tag: number, type: number): void {
    this.#grow(2)
    if (tag < 15) {
      this.#buffer[this.#length++] = (tag << 4) | type
      return
    }
    this.#buffer[this.#length++] = 0xf0 | type
    this.#buffer[this.#length++] = tag
  }

  /** @throws {RangeError} no integer of 32 bits. */
  int(tag: number, value: number): void {
    if (value !== (value | 0)) throw new RangeError(`${value} is no 32 bit integer`)
    this.long(tag, value)
  }

  /** @throws {RangeError} no integer, or not held exactly by a number. */
  long(tag: number, value: number): void {
    if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is no integer up to 2^53 - 1`)
    const type = widthOf(value)
    this.header(tag, type)
    if (type === wire.ZERO) return
    this.#grow(8)
    if (type === wire.BYTE) this.#length = this.#buffer.writeInt8(value, this.#length)
    else if (type === wire.SHORT) this.#length = this.#buffer.writeInt16BE(value, this.#length)
    else if (type === wire.INT) this.#length = this.#buffer.writeInt32BE(value, this.#length)
    else {
      this.#length = this.#buffer.writeInt32BE(Math.floor(value / 2 ** 32), this.#length)
      this.#length = this.#buffer.writeUInt32BE(value >>> 0, this.#length)
    }
  }

  double(tag: number, value: number): void {
    const isZero = Object.is(value, 0)
    this.header(tag, isZero ? wire.ZERO : wire.DOUBLE)
    if (isZero) return
    this.#grow(8)
    this.#length = this.#buffer.writeDoubleBE(value, this.#length)
  }

  string(tag: number, value: string): void {
    const bytes = Buffer.byteLength(value)
    this.header(tag, bytes > 255 ? wire.STRING4 : wire.STRING1)
    this.#grow(4 + bytes)
    if (bytes > 255) this.#length = this.#buffer.writeUInt32BE(bytes, this.#length)
    else this.#buffer[this.#length++] = bytes
    this.#length += this.#buffer.write(value, this.#length, 'utf8')
  }

  bytes(tag: number, value: Uint8Array): void {
    this.header(tag, wire.SIMPLE_LIST)
    this.header(0, wire.BYTE)
    this.int(0, value.length)
    this.#grow(value.length)
    this.#buffer.set(value, this.#length)
    this.#length += value.length
  }

  finish(): Buffer {
    return this.#buffer.subarray(0, this.#length)
  }

  #grow(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.length) return
    const grown = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + bytes))
    this.#buffer.copy(grown, 0, 0, this.#length)
    this.#buffer = grown
  }
}

function widthOf(value: number): number {
  if (value === 0) return wire.ZERO
  if (value >= -128 && value <= 127) return wire.BYTE
  if (value >= -32_768 && value <= 32_767) return wire.SHORT
  return value === (value | 0) ? wire.INT : wire.LONG
}
