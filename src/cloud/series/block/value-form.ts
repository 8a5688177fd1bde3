/** How the values of a column are written: see `encode-values.ts`. */

/** Low three bits of the first byte; the others are the decimal places. Numbers of the format. */
export const FORM = { zeros: 0, packed: 1, deltas: 2, raw: 3, same: 4 } as const
export const FORM_BITS = 3
/** Of the byte that has the width: wide values stand beside, odd ones do. */
export const HAS_WIDE = 0x40
export const HAS_ODD = 0x80
export const WIDTH_MASK = 0x3f

const MAX_PLACES = 6
/** By decimal places. */
export const POWERS = Array.from({ length: MAX_PLACES + 1 }, (_, places) => 10 ** places)

export function bytesOf({ buffer, byteOffset, byteLength }: Float64Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}
