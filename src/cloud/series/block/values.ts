/**
 * The values of one column of one record, bit for bit, in the smallest of a few forms. Integers, and decimals
 * of a few places as integers, are packed from the least of them on; the few that need more bits, and the few
 * that are no such numbers, stand beside.
 */
import type { ByteWriter } from '../../../wire/bytes.ts'
import { bitsOf, pack, packedBytes, unpack, type Wanted } from './bits.ts'
import type { Cursor } from './cursor.ts'

/** Low three bits of the first byte; the others are the decimal places. Numbers of the format. */
const FORM = { zeros: 0, packed: 1, deltas: 2, raw: 3, same: 4 } as const
const FORM_BITS = 3
/** Of the byte that has the width: wide values stand beside, odd ones do. */
const HAS_WIDE = 0x40
const HAS_ODD = 0x80
const WIDTH_MASK = 0x3f

const MAX_INTEGER = 2 ** 50
const MAX_PLACES = 6
/** More that are no numbers of a few decimals than one in so many: all are written as they are. */
const ODD_OF = 8
const POWERS = Array.from({ length: MAX_PLACES + 1 }, (_, places) => 10 ** places)

/** Scratch of the encoder, grown as needed: as long as the longest column so far. */
let integers = new Float64Array(256)
let isOdd = new Uint8Array(256)
let oddRows = 0
const counts = new Uint32Array(64)
const extent = { least: 0, most: 0, leastStep: 0, mostStep: 0 }

/** Appends `all`, or `rows` of it from `from` on; there is at least one. */
export function encodeValues(
  writer: ByteWriter,
  all: Float64Array,
  from = 0,
  rows = all.length,
): void {
  reserve(rows)
  if (takeIntegers(all, from, rows)) {
    if (extent.least === 0 && extent.most === 0) return writer.byte(FORM.zeros)
    return encodeIntegers(writer, rows, 0)
  }
  const places = placesOf(all, from, rows)
  const values = all.subarray(from, from + rows)
  if (places !== undefined) {
    measure(rows)
    return encodeIntegers(writer, rows, places, oddRows > 0 ? values : undefined)
  }
  if (isSame(values)) {
    writer.byte(FORM.same)
    return writer.raw(bytesOf(values).subarray(0, 8))
  }
  writer.byte(FORM.raw)
  writer.raw(bytesOf(values))
}

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

/** Writes what is in `integers`, of this `extent`. `odd`: the values, if some are. */
function encodeIntegers(
  writer: ByteWriter,
  rows: number,
  places: number,
  odd?: Float64Array,
): void {
  const { least, most, leastStep, mostStep } = extent
  const isDeltas = rows > 2 && mostStep - leastStep < (most - least) / 2
  const count = isDeltas ? rows - 1 : rows
  const base = isDeltas ? leastStep : least
  const first = integers[0] as number
  for (let row = 0, before = first; row < count; row++) {
    if (isDeltas) {
      const value = integers[row + 1] as number
      integers[row] = value - before - base
      before = value
    } else integers[row] = (integers[row] as number) - base
  }
  const widest = bitsOf((isDeltas ? mostStep : most) - base)
  const width = widthOf(count, widest)
  writer.byte((isDeltas ? FORM.deltas : FORM.packed) | (places << FORM_BITS))
  writer.byte(width | (width < widest ? HAS_WIDE : 0) | (odd ? HAS_ODD : 0))
  if (isDeltas) writer.zigzag(first)
  writer.zigzag(base)
  if (width < widest) writeWide(writer, count, 2 ** width)
  if (odd) writeOdd(writer, odd)
  pack(integers, count, width, writer)
}

function writeWide(writer: ByteWriter, count: number, limit: number): void {
  let wide = 0
  for (let row = 0; row < count; row++) if ((integers[row] as number) >= limit) wide++
  writer.varint(wide)
  for (let row = 0, before = 0; row < count; row++) {
    const value = integers[row] as number
    if (value < limit) continue
    writer.varint(row - before)
    writer.varint(Math.floor(value / limit))
    before = row
  }
}

function writeOdd(writer: ByteWriter, values: Float64Array): void {
  const bytes = bytesOf(values)
  writer.varint(oddRows)
  for (let row = 0, before = 0; row < values.length; row++) {
    if (isOdd[row] === 0) continue
    writer.varint(row - before)
    writer.raw(bytes.subarray(8 * row, 8 * row + 8))
    before = row
  }
}

/** Most columns are such: `integers` and their `extent`, all in one go; false when some are none. */
function takeIntegers(values: Float64Array, from: number, rows: number): boolean {
  let least = values[from] as number
  let most = least
  let leastStep = 2 * MAX_INTEGER
  let mostStep = -leastStep
  for (let row = 0, before = least; row < rows; row++) {
    const value = values[from + row] as number
    if (!isInteger(value)) return false
    integers[row] = value
    if (value < least) least = value
    else if (value > most) most = value
    const step = value - before
    before = value
    if (row === 0) continue
    if (step < leastStep) leastStep = step
    if (step > mostStep) mostStep = step
  }
  oddRows = 0
  setExtent(least, most, leastStep, mostStep)
  return true
}

/** Such as may be packed: −0 is none. */
function isInteger(value: number): boolean {
  return Number.isInteger(value) && Math.abs(value) <= MAX_INTEGER && (value !== 0 || 1 / value > 0)
}

/** Of the first `rows` of `integers`, into `extent`. */
function measure(rows: number): void {
  let least = integers[0] as number
  let most = least
  let leastStep = 2 * MAX_INTEGER
  let mostStep = -leastStep
  for (let row = 1, before = least; row < rows; row++) {
    const value = integers[row] as number
    if (value < least) least = value
    else if (value > most) most = value
    const step = value - before
    if (step < leastStep) leastStep = step
    if (step > mostStep) mostStep = step
    before = value
  }
  setExtent(least, most, leastStep, mostStep)
}

function setExtent(least: number, most: number, leastStep: number, mostStep: number): void {
  extent.least = least
  extent.most = most
  extent.leastStep = leastStep
  extent.mostStep = mostStep
}

/** The width at which the first `count` integers ≥ 0, the largest of `most` bits, take the least. */
function widthOf(count: number, most: number): number {
  if (most === 0) return 0
  counts.fill(0, 0, most + 1)
  for (let row = 0; row < count; row++) {
    const bits = bitsOf(integers[row] as number)
    counts[bits] = (counts[bits] as number) + 1
  }
  let best = most
  let least = packedBytes(count, most)
  for (let width = most - 1, wider = 0; width >= 0; width--) {
    wider += counts[width + 1] as number
    const beside = 1 + wider * (1 + Math.ceil((most - width) / 7))
    // It only grows.
    if (beside >= least) break
    const bytes = packedBytes(count, width) + beside
    if (bytes < least) [best, least] = [width, bytes]
  }
  return best
}

/** The fewest decimal places with which all but a few values are integers, left in `integers` and `isOdd`. */
function placesOf(values: Float64Array, from: number, rows: number): number | undefined {
  for (let places = 0; places <= MAX_PLACES; places++) {
    if (scale(values, from, rows, POWERS[places] as number)) return places
  }
  return undefined
}

function scale(values: Float64Array, from: number, rows: number, power: number): boolean {
  let odd = 0
  let before = 0
  for (let row = 0; row < rows; row++) {
    const value = values[from + row] as number
    const integer = power === 1 ? value : Math.round(value * power)
    const fits =
      Math.abs(integer) <= MAX_INTEGER &&
      (power === 1 ? Number.isInteger(value) : integer / power === value) &&
      (value !== 0 || 1 / value > 0)
    isOdd[row] = fits ? 0 : 1
    if (!fits && ++odd * ODD_OF > rows) return false
    if (fits) before = integer
    integers[row] = before
  }
  oddRows = odd
  return true
}

function isSame(values: Float64Array): boolean {
  const words = new Uint32Array(values.buffer, values.byteOffset, 2 * values.length)
  for (let at = 2; at < words.length; at++) if (words[at] !== words[at - 2]) return false
  return true
}

function reserve(rows: number): void {
  if (rows <= integers.length) return
  integers = new Float64Array(2 * rows)
  isOdd = new Uint8Array(2 * rows)
}

function bytesOf({ buffer, byteOffset, byteLength }: Float64Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}
