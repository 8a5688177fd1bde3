/**
 * Rows that are packed away, made to be read again fast: column after column, each with as many bytes for a value
 * as its largest needs. Lives in memory only; made by `packing.ts`.
 */
import type { Page } from './chunk-room.ts'

export interface Chunk {
  readonly firstMs: number
  lastMs: number
  rows: number
  /** From row to row; 0: times are the first column, as milliseconds since the first. */
  readonly stepMs: number
  /** With the one of times, if there is one. */
  readonly columns: number
  /** Where it begins in its page: of each column its form, then their values. */
  at: number
  page: Page
}

/** Up to 8 it is the bytes of a value; `same`: all values are the one that is there. */
export const FORM = { zeros: 0, byte: 1, two: 2, four: 4, double: 8, same: 9 } as const
export const DOUBLE_BYTES = 8

const word = new Float64Array(1)
const wordBytes = new Uint8Array(word.buffer)
let times = new Float64Array(64)

/** The first row at or after `time`; `rows` when there is none. */
export function rowAt(chunk: Chunk, time: number): number {
  const { firstMs, lastMs, stepMs, rows } = chunk
  if (time <= firstMs) return 0
  if (time > lastMs) return rows
  if (stepMs > 0) return Math.ceil((time - firstMs) / stepMs)
  if (rows > times.length) times = new Float64Array(2 * rows)
  copyTimes(chunk, 0, rows, times, 0)
  let row = 0
  while ((times[row] as number) < time) row++
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

/** As `copyColumn`; the one of times counts as a column. */
export function unpackColumn(
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
    out.fill(word[0] as number, outAt, end)
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

/** Of a column with so many rows. */
export function bytesOf(form: number, rows: number): number {
  return form === FORM.same ? DOUBLE_BYTES : form * rows
}
