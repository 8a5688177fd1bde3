/** Growing bytes and bounded reading of them: variable-length integers and doubles. */
import { WireError } from './failure.ts'

/** Integers up to this size, either sign, travel as variable-length integers. */
export const MAX_VARINT = 2 ** 51

export class ByteWriter {
  #bytes: Buffer
  #length = 0

  /** `bytes`: about how many there will be. */
  constructor(bytes = 256) {
    this.#bytes = Buffer.allocUnsafe(bytes)
  }

  byte(value: number): void {
    this.#reserve(1)
    this.#bytes[this.#length++] = value
  }

  /** Seven bits a byte, the lowest first; the top bit says that more follow. `value` ≥ 0. */
  varint(value: number): void {
    this.#reserve(8)
    let rest = value
    for (; rest >= 2 ** 31; rest = Math.floor(rest / 128)) {
      this.#bytes[this.#length++] = (rest % 128) | 128
    }
    // Nearly all fit small integers.
    for (; rest >= 128; rest >>>= 7) this.#bytes[this.#length++] = (rest & 127) | 128
    this.#bytes[this.#length++] = rest
  }

  /** A signed integer: 0, -1, 1, -2 … become 0, 1, 2, 3 … */
  zigzag(value: number): void {
    this.varint(value < 0 ? -2 * value - 1 : 2 * value)
  }

  /** Eight bytes, little-endian. */
  double(value: number): void {
    this.#reserve(8)
    this.#length = this.#bytes.writeDoubleLE(value, this.#length)
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  /** Takes `length` bytes, to be written to `bytes` by the caller before anything else; returns where. */
  take(length: number): number {
    this.#reserve(length)
    this.#length += length
    return this.#length - length
  }

  /** See `take`. */
  get bytes(): Uint8Array {
    return this.#bytes
  }

  /** Begins anew in the same memory: what `finish` returned before is overwritten. */
  clear(): void {
    this.#length = 0
  }

  finish(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  #reserve(more: number): void {
    const needed = this.#length + more
    if (needed <= this.#bytes.length) return
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2))
    this.#bytes.copy(grown, 0, 0, this.#length)
    this.#bytes = grown
  }
}

export class ByteReader {
  readonly #bytes: Buffer
  #at = 0

  constructor({ buffer, byteOffset, length }: Uint8Array) {
    this.#bytes = Buffer.from(buffer, byteOffset, length)
  }

  get done(): boolean {
    return this.#at === this.#bytes.length
  }

  byte(): number {
    const value = this.#bytes[this.#at]
    if (value === undefined) throw truncated()
    this.#at++
    return value
  }

  varint(): number {
    let value = 0
    // What fits 28 bits, nearly all, in small integers.
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.byte()
      value |= (byte & 127) << shift
      if (byte < 128) return value
    }
    for (let scale = 2 ** 28; scale < 2 ** 53; scale *= 128) {
      const byte = this.byte()
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
    throw new WireError('malformed', 'a variable-length integer of more than 8 bytes')
  }

  zigzag(): number {
    return signed(this.varint())
  }

  /** As many as `into` holds: one byte each, mostly. */
  varints(into: Float64Array): void {
    const bytes = this.#bytes
    let from = this.#at
    for (let at = 0; at < into.length; at++) {
      const byte = bytes[from] ?? 128
      if (byte < 128) {
        into[at] = byte
        from++
      } else {
        this.#at = from
        into[at] = this.varint()
        from = this.#at
      }
    }
    this.#at = from
  }

  /** As many as `into` holds. */
  zigzags(into: Float64Array): void {
    this.varints(into)
    for (let at = 0; at < into.length; at++) into[at] = signed(into[at] as number)
  }

  double(): number {
    return this.raw(8).readDoubleLE(0)
  }

  raw(length: number): Buffer {
    const end = this.#at + length
    if (end > this.#bytes.length) throw truncated()
    const bytes = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return bytes
  }
}

/** 0, 1, 2, 3 … become 0, -1, 1, -2 … */
function signed(value: number): number {
  if (value < 2 ** 31) return (value >>> 1) ^ -(value & 1)
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2
}

function truncated(): WireError {
  return new WireError('truncated', 'a column ends before its last value')
}
