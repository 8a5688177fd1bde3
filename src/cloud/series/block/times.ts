/** The times of the records of a group in one slice, and what their rows say (`OP`). */
import type { ByteWriter } from '../../../wire/bytes.ts'
import type { Cursor } from './cursor.ts'
import { decodeValues, skipValues } from './decode-values.ts'
import { encodeValues } from './encode-values.ts'
import { OP, type RecordRows } from './record-rows.ts'

/** Low four bits of a record's first byte. Numbers of the format. */
const FORM = { none: 0, same: 1, regular: 2, grid: 3, listed: 4 } as const
const FORM_MASK = 15
const ALL_SET = 0x10
const OPS_LISTED = 0x20

/** Bits of a grid that a row is worth. */
const GRID_BITS = 16

export interface RecordTimes {
  readonly times: Float64Array
  readonly ops?: Uint8Array
}

type MaybeRows = (Partial<Pick<RecordRows, 'ops'>> & Pick<RecordRows, 'times'>) | undefined

/** `startMs`: of the slice. */
export function encodeTimes(writer: ByteWriter, rows: readonly MaybeRows[], startMs: number): void {
  let before: Float64Array | undefined
  for (const each of rows) {
    if (!each || each.times.length === 0) {
      writer.byte(FORM.none)
      continue
    }
    const isSame = before !== undefined && equal(before, each.times)
    const grid = isSame ? undefined : gridOf(each.times)
    const form = isSame ? FORM.same : grid ? (grid.isFull ? FORM.regular : FORM.grid) : FORM.listed
    writer.byte(form | opsFlag(each.ops))
    if (grid) writeGrid(writer, each.times, grid, startMs)
    else if (!isSame) writeListed(writer, each.times, startMs)
    if (opsFlag(each.ops) === OPS_LISTED) writer.raw(each.ops ?? new Uint8Array(0))
    before = each.times
  }
}

/** Of each of `count` records; records with the same times share them. */
export function decodeTimes(
  cursor: Cursor,
  count: number,
  startMs: number,
): readonly (RecordTimes | undefined)[] {
  const found: (RecordTimes | undefined)[] = []
  let times = new Float64Array(0)
  for (let record = 0; record < count; record++) {
    const head = cursor.byte()
    const form = head & FORM_MASK
    if (form === FORM.none) {
      found.push(undefined)
      continue
    }
    if (form === FORM.regular || form === FORM.grid) {
      times = readGrid(cursor, form === FORM.regular, startMs)
    } else if (form === FORM.listed) times = readListed(cursor, startMs)
    else if (form !== FORM.same) throw new RangeError(`times of form ${form}`)
    const ops = readOps(cursor, head, times.length)
    found.push(ops ? { times, ops } : { times })
  }
  return found
}

function opsFlag(ops: Uint8Array | undefined): number {
  if (!ops || ops.every((op) => op === OP.add)) return 0
  return ops.every((op) => op === OP.set) ? ALL_SET : OPS_LISTED
}

function readOps(cursor: Cursor, head: number, rows: number): Uint8Array | undefined {
  if (head & ALL_SET) return new Uint8Array(rows).fill(OP.set)
  return head & OPS_LISTED ? cursor.take(rows).slice() : undefined
}

interface Grid {
  readonly stepMs: number
  /** Places from the first time to the last. */
  readonly places: number
  readonly isFull: boolean
}

/** The widest grid that has all times, when it is not much finer than they are. */
function gridOf(times: Float64Array): Grid | undefined {
  const [first = 0] = times
  let stepMs = 0
  for (const time of times) stepMs = divisorOf(time - first, stepMs)
  if (times.length === 1) return { stepMs: 1, places: 1, isFull: true }
  const places = ((times.at(-1) ?? 0) - first) / stepMs + 1
  if (places > GRID_BITS * times.length) return undefined
  return { stepMs, places, isFull: places === times.length }
}

function divisorOf(a: number, b: number): number {
  let [larger, smaller] = [a, b]
  while (smaller > 0) [larger, smaller] = [smaller, larger % smaller]
  return larger
}

function writeGrid(
  writer: ByteWriter,
  times: Float64Array,
  { stepMs, places, isFull }: Grid,
  startMs: number,
): void {
  const [first = 0] = times
  writer.varint(first - startMs)
  writer.varint(stepMs)
  writer.varint(places)
  if (isFull) return
  const bitmap = new Uint8Array(Math.ceil(places / 8))
  for (const time of times) {
    const place = (time - first) / stepMs
    bitmap[place >> 3] = (bitmap[place >> 3] as number) | (1 << (place & 7))
  }
  writer.raw(bitmap)
}

function readGrid(cursor: Cursor, isFull: boolean, startMs: number): Float64Array<ArrayBuffer> {
  const first = startMs + cursor.varint()
  const stepMs = cursor.varint()
  const places = cursor.varint()
  const times = new Float64Array(places)
  const bitmap = isFull ? undefined : cursor.take(Math.ceil(places / 8))
  let rows = 0
  for (let place = 0; place < places; place++) {
    if (bitmap && (((bitmap[place >> 3] as number) >> (place & 7)) & 1) === 0) continue
    times[rows++] = first + place * stepMs
  }
  return rows === places ? times : times.slice(0, rows)
}

function writeListed(writer: ByteWriter, times: Float64Array, startMs: number): void {
  writer.varint(times.length)
  encodeValues(
    writer,
    times.map((time) => time - startMs),
  )
}

function readListed(cursor: Cursor, startMs: number): Float64Array<ArrayBuffer> {
  const rows = cursor.varint()
  // Each takes a bit at least, but for those of a grid.
  if (rows > 8 * cursor.bytes.length) throw new RangeError(`${rows} times`)
  const times = new Float64Array(rows)
  const start = cursor.at
  decodeValues(cursor, rows, { from: 0, to: rows, into: 0 }, times)
  cursor.at = start
  skipValues(cursor, rows)
  for (let row = 0; row < rows; row++) times[row] = (times[row] as number) + startMs
  return times
}

function equal(a: Float64Array, b: Float64Array): boolean {
  if (a === b) return true
  return a.length === b.length && a.every((value, at) => value === b[at])
}
