/** Reads numbers from bytes, from a place that can be set. What it throws the reader of the section turns. */
export class Cursor {
  readonly bytes: Uint8Array
  at: number

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes
    this.at = at
  }

  byte(): number {
    const value = this.bytes[this.at]
    if (value === undefined) throw new RangeError(`no byte at ${this.at}`)
    this.at++
    return value
  }

  /** As `ByteWriter.varint` writes it. */
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
    throw new RangeError(`a variable-length integer of more than 8 bytes at ${this.at}`)
  }

  zigzag(): number {
    const value = this.varint()
    if (value < 2 ** 31) return (value >>> 1) ^ -(value & 1)
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  /** The next `length` bytes; a view. */
  take(length: number): Uint8Array {
    const from = this.at
    this.skip(length)
    return this.bytes.subarray(from, this.at)
  }

  skip(length: number): void {
    if (this.at + length > this.bytes.length)
      throw new RangeError(`no ${length} bytes at ${this.at}`)
    this.at += length
  }
}
