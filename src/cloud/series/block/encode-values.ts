/**
 * The values of one column of one record, bit for bit, in the smallest of a few forms. Integers, and decimals
 * of a few places as integers, are packed from the least of them on; the few that need more bits, and the few
 * that are no such numbers, stand beside.
 */
import type { ByteWriter } from '../../../wire/bytes.ts'
import { bitsOf, pack, packedBytes } from './bits.ts'
import { bytesOf, FORM, FORM_BITS, HAS_ODD, HAS_WIDE, POWERS } from './value-form.ts'

const MAX_INTEGER = 2 ** 50
/** More that are no numbers of a few decimals than one in so many: all are written as they are. */
const ODD_OF = 8

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
  const places = POWERS.findIndex((power) => scale(values, from, rows, power))
  return places === -1 ? undefined : places
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
