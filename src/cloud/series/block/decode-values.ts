/** Values of one column of one record, as `encode-values.ts` writes them. */
import { packedBytes, unpack, type Wanted } from './bits.ts'
import type { Cursor } from './cursor.ts'
import { bytesOf, FORM, FORM_BITS, HAS_ODD, HAS_WIDE, POWERS, WIDTH_MASK } from './value-form.ts'

/** Steps over `rows` values. */
export function skipValues(cursor: Cursor, rows: number): void {
  const form = cursor.byte()
  const kind = form & ((1 << FORM_BITS) - 1)
  if (kind === FORM.zeros) return
  if (kind === FORM.same) return cursor.skip(8)
  if (kind === FORM.raw) return cursor.skip(8 * rows)
  if (kind !== FORM.packed && kind !== FORM.deltas) throw new RangeError(`values of form ${form}`)
  cursor.skip(readHeader(cursor, kind === FORM.deltas, rows).dataBytes)
}

/** Values of the `rows` at the cursor, into `out`. Leaves the cursor behind all of them. */
export function decodeValues(
  cursor: Cursor,
  rows: number,
  wanted: Wanted,
  out: Float64Array,
): void {
  const form = cursor.byte()
  const kind = form & ((1 << FORM_BITS) - 1)
  const { from, to, into } = wanted
  if (kind === FORM.zeros) {
    out.fill(0, into, into + to - from)
  } else if (kind === FORM.same) {
    const [bytes, target] = [cursor.take(8), bytesOf(out)]
    for (let row = into; row < into + to - from; row++) target.set(bytes, row * 8)
  } else if (kind === FORM.raw) {
    bytesOf(out).set(cursor.take(8 * rows).subarray(8 * from, 8 * to), 8 * into)
  } else if (kind === FORM.packed || kind === FORM.deltas) {
    const power = POWERS[form >> FORM_BITS]
    if (power === undefined) throw new RangeError(`values of form ${form}`)
    decodeIntegers(cursor, readHeader(cursor, kind === FORM.deltas, rows), wanted, out)
    if (power > 1) {
      for (let row = into; row < into + to - from; row++) out[row] = (out[row] as number) / power
    }
    for (const [row, bytes] of header.odd) {
      if (row >= from && row < to) bytesOf(out).set(bytes, 8 * (into + row - from))
    }
  } else throw new RangeError(`values of form ${form}`)
}

type Wide = readonly (readonly [row: number, more: number])[]
type Odd = readonly (readonly [row: number, bytes: Uint8Array])[]

const NONE: readonly never[] = []
/** On their way. */
let deltas = new Float64Array(256)

/** Of the values at hand: filled anew for each column, of which there are very many. */
const header = {
  isDeltas: false,
  first: 0,
  base: 0,
  width: 0,
  /** Rows and what their bits above the width add. */
  wide: NONE as Wide,
  odd: NONE as Odd,
  dataBytes: 0,
}

function readHeader(cursor: Cursor, isDeltas: boolean, rows: number): typeof header {
  const flags = cursor.byte()
  header.isDeltas = isDeltas
  header.width = flags & WIDTH_MASK
  header.first = isDeltas ? cursor.zigzag() : 0
  header.base = cursor.zigzag()
  header.wide = flags & HAS_WIDE ? readWide(cursor, header.width) : NONE
  header.odd = flags & HAS_ODD ? readOdd(cursor) : NONE
  header.dataBytes = packedBytes(isDeltas ? rows - 1 : rows, header.width)
  return header
}

function readWide(cursor: Cursor, width: number): Wide {
  const found: [number, number][] = []
  for (let left = cursor.varint(), row = 0; left > 0; left--) {
    row += cursor.varint()
    found.push([row, cursor.varint() * 2 ** width])
  }
  return found
}

function readOdd(cursor: Cursor): Odd {
  const found: [number, Uint8Array][] = []
  for (let left = cursor.varint(), row = 0; left > 0; left--) {
    row += cursor.varint()
    found.push([row, cursor.take(8)])
  }
  return found
}

function decodeIntegers(
  cursor: Cursor,
  { isDeltas, first, base, width, wide, dataBytes }: typeof header,
  wanted: Wanted,
  out: Float64Array,
): void {
  const data = { bytes: cursor.bytes, at: cursor.at, width }
  cursor.skip(dataBytes)
  if (isDeltas) return sumUp(data, { first, base, wide }, wanted, out)
  unpack(data, base, wanted, out)
  if (wide.length === 0) return
  const { from, to, into } = wanted
  for (const [row, more] of wide) {
    const at = into + row - from
    if (row >= from && row < to) out[at] = (out[at] as number) + more
  }
}

function sumUp(
  data: { bytes: Uint8Array; at: number; width: number },
  { first, base, wide }: { readonly first: number; readonly base: number; readonly wide: Wide },
  { from, to, into }: Wanted,
  out: Float64Array,
): void {
  if (from >= to) return
  if (to > deltas.length) deltas = new Float64Array(2 * to)
  unpack(data, base, { from: 0, to: to - 1, into: 0 }, deltas)
  for (const [row, more] of wide) if (row < to - 1) deltas[row] = (deltas[row] as number) + more
  let value = first
  for (let row = 0; row < to; row++) {
    if (row > 0) value += deltas[row - 1] as number
    if (row >= from) out[into + row - from] = value
  }
}
