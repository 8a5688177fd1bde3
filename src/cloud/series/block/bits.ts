/** Integers ≥ 0 of one width, packed: up to 24 bits bit after bit, wider ones in whole bytes; little-endian. */
import type { ByteWriter } from '../../../wire/bytes.ts'

const PACKED_BITS = 24
/** Readers look so far behind the last value: a section ends with so many zero bytes. */
export const PADDING_BYTES = 3

/** Bits that hold `value`. */
export function bitsOf(value: number): number {
  if (value < 2 ** 32) return 32 - Math.clz32(value)
  return 64 - Math.clz32(Math.floor(value / 2 ** 32))
}

export function packedBytes(count: number, width: number): number {
  if (width <= PACKED_BITS) return Math.ceil((count * width) / 8)
  return count * Math.ceil(width / 8)
}

/** Appends the low `width` bits of the first `count` values. */
export function pack(values: Float64Array, count: number, width: number, out: ByteWriter): void {
  if (width === 0) return
  if (width > PACKED_BITS) return packWide(values, count, width, out)
  let at = out.take(packedBytes(count, width))
  const { bytes } = out
  let waiting = 0
  let bits = 0
  const mask = (1 << width) - 1
  for (let row = 0; row < count; row++) {
    waiting |= ((values[row] as number) & mask) << bits
    bits += width
    for (; bits >= 8; bits -= 8) {
      bytes[at++] = waiting & 255
      waiting >>>= 8
    }
  }
  if (bits > 0) bytes[at] = waiting
}

/** Which of the values are wanted, `from` to `to`, and where the first of them goes. */
export interface Wanted {
  readonly from: number
  readonly to: number
  readonly into: number
}

/** Values of those packed at `at`, each plus `base`, into `out`. */
export function unpack(
  { bytes, at, width }: { bytes: Uint8Array; at: number; width: number },
  base: number,
  { from, to, into }: Wanted,
  out: Float64Array,
): void {
  if (width > PACKED_BITS) return unpackWide({ bytes, at, width }, base, { from, to, into }, out)
  if (width === 0) {
    out.fill(base, into, into + to - from)
    return
  }
  const mask = (1 << width) - 1
  for (let row = from, bit = from * width; row < to; row++, bit += width) {
    const byte = at + (bit >>> 3)
    const word =
      (bytes[byte] as number) |
      ((bytes[byte + 1] as number) << 8) |
      ((bytes[byte + 2] as number) << 16) |
      ((bytes[byte + 3] as number) << 24)
    out[into + row - from] = base + ((word >>> (bit & 7)) & mask)
  }
}

function packWide(values: Float64Array, count: number, width: number, out: ByteWriter): void {
  const size = Math.ceil(width / 8)
  for (let row = 0; row < count; row++) {
    let rest = values[row] as number
    for (let byte = 0; byte < size; byte++) {
      out.byte(rest % 256)
      rest = Math.floor(rest / 256)
    }
  }
}

function unpackWide(
  { bytes, at, width }: { bytes: Uint8Array; at: number; width: number },
  base: number,
  { from, to, into }: Wanted,
  out: Float64Array,
): void {
  const size = Math.ceil(width / 8)
  for (let row = from; row < to; row++) {
    let value = 0
    const first = at + row * size
    for (let byte = size - 1; byte >= 0; byte--)
      value = value * 256 + (bytes[first + byte] as number)
    out[into + row - from] = base + value
  }
}
