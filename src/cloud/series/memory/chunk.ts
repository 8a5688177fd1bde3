/**
 * Rows that are packed away, made to be read again fast: column after column, each with as many bytes for a value
 * as its largest needs. Lives in memory only.
 */
import type { ChunkRoom, Page } from './chunk-room.ts'

/** Rows to be packed. */
interface Packable {
  readonly width: number
  time(row: number): number
  copyColumn(index: number, from: number, to: number, out: Float64Array, outAt: number): void
}

export interface Chunk {
  readonly firstMs: number
  readonly lastMs: number
  readonly rows: number
  /** From row to row; 0: times are the first column, as milliseconds since the first. */
  readonly stepMs: number
  /** With the one of times, if there is one. */
  readonly columns: number
  /** Where it begins in its page: of each column its form, then their values. */
  readonly at: number
  readonly page: Page
}

/** Up to 8 it is the bytes of a value. */
const FORM = { zeros: 0, byte: 1, two: 2, four: 4, double: 8, same: 9 } as const
const DOUBLE_BYTES = 8

/** One column on its way in or out. */
let column = new Float64Array(64)
const word = new Float64Array(1)
const wordBytes = new Uint8Array(word.buffer)
let packed = new Uint8Array(64 * 1024)

/** To be freed when it is not needed any more. */
export function pack(rows: Packable, from: number, to: number, room: ChunkRoom): Chunk {
  const [firstMs, lastMs, count] = [rows.time(from), rows.time(to - 1), to - from]
  const stepMs = stepOf(rows, from, to)
  const ahead = stepMs > 0 ? 0 : 1
  const columns = rows.width + ahead
  reserve(columns, count)
  let at = columns
  if (ahead > 0) {
    for (let row = 0; row < count; row++) column[row] = rows.time(from + row) - firstMs
    at = packColumn(0, at, count)
  }
  for (let index = 0; index < rows.width; index++) {
    rows.copyColumn(index, from, to, column, 0)
    at = packColumn(index + ahead, at, count)
  }
  const page = room.pageFor(at)
  const begin = page.put(packed.subarray(0, at))
  return { firstMs, lastMs, rows: count, stepMs, columns, at: begin, page }
}

/** It is not to be read any more. */
export function free({ page, at }: Chunk): void {
  page.free(at)
}

/** The first row at or after `time`; `rows` when there is none. */
export function rowAt(chunk: Chunk, time: number): number {
  const { firstMs, lastMs, stepMs, rows } = chunk
  if (time <= firstMs) return 0
  if (time > lastMs) return rows
  if (stepMs > 0) return Math.ceil((time - firstMs) / stepMs)
  reserve(1, rows)
  copyTimes(chunk, 0, rows, column, 0)
  let row = 0
  while ((column[row] as number) < time) row++
  return row
}

/** Times of the rows `from` to `to` into `out`, from `outAt` on. */
export function copyTimes(
  chunk: Chunk,
  from: number,
  to: number,
  out: Float64Array,
  outAt: number,
): void {
  const { firstMs, stepMs } = chunk
  const end = outAt + to - from
  if (stepMs > 0) {
    for (let at = outAt, time = firstMs + from * stepMs; at < end; at++, time += stepMs) {
      out[at] = time
    }
    return
  }
  unpackColumn(chunk, 0, from, to, out, outAt)
  for (let at = outAt; at < end; at++) out[at] = (out[at] as number) + firstMs
}

/** Values of a column of the rows `from` to `to` into `out`, from `outAt` on. */
export function copyColumn(
  chunk: Chunk,
  index: number,
  from: number,
  to: number,
  out: Float64Array,
  outAt: number,
): void {
  unpackColumn(chunk, chunk.stepMs > 0 ? index : index + 1, from, to, out, outAt)
}

function unpackColumn(
  { page: { bytes }, at: begin, rows, columns }: Chunk,
  index: number,
  from: number,
  to: number,
  out: Float64Array,
  outAt: number,
): void {
  const form = bytes[begin + index] as number
  const end = outAt + to - from
  if (form === FORM.zeros) {
    out.fill(0, outAt, end)
    return
  }
  let at = begin + columns
  for (let before = 0; before < index; before++) {
    at += bytesOf(bytes[begin + before] as number, rows)
  }
  if (form === FORM.same) {
    for (let byte = 0; byte < DOUBLE_BYTES; byte++) wordBytes[byte] = bytes[at + byte] as number
    for (let row = outAt; row < end; row++) out.set(word, row)
    return
  }
  at += from * form
  if (form === FORM.byte) {
    for (let row = outAt; row < end; row++) out[row] = bytes[at++] as number
  } else if (form === FORM.two) {
    for (let row = outAt; row < end; row++, at += 2) {
      out[row] = (bytes[at] as number) | ((bytes[at + 1] as number) << 8)
    }
  } else if (form === FORM.four) {
    for (let row = outAt; row < end; row++, at += 4) {
      const low = (bytes[at] as number) | ((bytes[at + 1] as number) << 8)
      out[row] = low + ((bytes[at + 2] as number) | ((bytes[at + 3] as number) << 8)) * 65_536
    }
  } else copyDoubles(bytes, at, out, outAt, end)
}

function copyDoubles(
  bytes: Uint8Array,
  at: number,
  out: Float64Array,
  outAt: number,
  end: number,
): void {
  const length = (end - outAt) * DOUBLE_BYTES
  const into = new Uint8Array(out.buffer, out.byteOffset + outAt * DOUBLE_BYTES, length)
  into.set(bytes.subarray(at, at + length))
}

function bytesOf(form: number, rows: number): number {
  return form === FORM.same ? DOUBLE_BYTES : form * rows
}

/** Packs the first `count` of `column`, from `at` on; returns where they end. */
function packColumn(index: number, at: number, count: number): number {
  const form = formOf(count)
  packed[index] = form
  if (form === FORM.zeros) return at
  if (form === FORM.same || form === FORM.double) {
    const doubles = form === FORM.same ? 1 : count
    packed.set(new Uint8Array(column.buffer, 0, doubles * DOUBLE_BYTES), at)
    return at + doubles * DOUBLE_BYTES
  }
  for (let row = 0; row < count; row++) {
    const value = column[row] as number
    packed[at++] = value & 255
    if (form === FORM.byte) continue
    packed[at++] = (value >>> 8) & 255
    if (form === FORM.two) continue
    packed[at++] = (value >>> 16) & 255
    packed[at++] = value >>> 24
  }
  return at
}

/** The shortest for the first `count` of `column`: bit for bit, so −0 and NaN are doubles. */
function formOf(count: number): number {
  const first = column[0] as number
  let most = 0
  let isSame = true
  for (let row = 0; row < count; row++) {
    const value = column[row] as number
    if (value !== first) isSame = false
    if (value >>> 0 !== value || (value === 0 && 1 / value < 0)) {
      most = Infinity
      if (!isSame) return FORM.double
    } else if (value > most) most = value
  }
  if (most === 0) return FORM.zeros
  if (isSame && count > 1) return isSameBits(count) ? FORM.same : FORM.double
  if (most < 2 ** 8) return FORM.byte
  if (most < 2 ** 16) return FORM.two
  return most < 2 ** 32 ? FORM.four : FORM.double
}

/** 0 and −0 are equal. */
function isSameBits(count: number): boolean {
  for (let row = 1; row < count; row++) {
    if (!Object.is(column[row], column[0])) return false
  }
  return true
}

/** 0 when the rows have none. */
function stepOf(rows: Packable, from: number, to: number): number {
  if (to - from === 1) return 1
  const stepMs = rows.time(from + 1) - rows.time(from)
  for (let row = from + 2; row < to; row++) {
    if (rows.time(row) - rows.time(row - 1) !== stepMs) return 0
  }
  return stepMs
}

function reserve(columns: number, rows: number): void {
  const bytes = columns * (rows * DOUBLE_BYTES + 1)
  if (bytes > packed.length) packed = new Uint8Array(2 * bytes)
  if (rows > column.length) column = new Float64Array(2 * rows)
}
