/** Rows of the records of one group: its sections are looked up once for all of them. */
import type { UnixMs } from '../../../model/time.ts'
import { firstFrom } from './bisect.ts'
import { Cursor } from './cursor.ts'
import type { FamilyReader, GroupValues } from './family-reader.ts'
import type { RecordRows } from './record-rows.ts'
import type { RecordTimes } from './times.ts'
import { decodeValues } from './values.ts'

interface Part {
  readonly times: readonly (RecordTimes | undefined)[]
  readonly values: readonly GroupValues[]
}

/** Rows of one part that are wanted: from, to. */
interface Piece {
  readonly part: Part
  readonly times: RecordTimes
  readonly from: number
  readonly to: number
}

/** Values are cut off larger pieces of memory, each twice as large as the one before, up to this. */
const ARENA_VALUES = 32 * 1024
const FIRST_VALUES = 256

export class GroupRows {
  readonly #reader: FamilyReader
  readonly #width: number
  readonly #parts: readonly Part[]
  /** The times given last, and what they are a part of. */
  #viewed: Float64Array | undefined
  #viewedFrom = 0
  #given: Float64Array = new Float64Array(0)
  #arena = new Float64Array(0)
  #used = 0

  /** @throws {BlockFailure} one of the sections is not sound. */
  constructor(
    reader: FamilyReader,
    group: number,
    slices: readonly number[],
    columns: readonly number[],
  ) {
    this.#reader = reader
    this.#width = columns.length
    this.#parts = slices.flatMap((slice) => {
      const times = reader.times(slice, group)
      if (!times) return []
      return [{ times, values: columns.map((column) => reader.values(slice, group, column)) }]
    })
  }

  /** Of the record at this place of the group; undefined when it has none in the range. */
  read(at: number, startMs: UnixMs, endMs: UnixMs): RecordRows | undefined {
    const pieces: Piece[] = []
    let rows = 0
    for (const part of this.#parts) {
      const times = part.times[at]
      if (!times) continue
      const [from, to] = [firstFrom(times.times, startMs), firstFrom(times.times, endMs + 1)]
      if (from >= to) continue
      pieces.push({ part, times, from, to })
      rows += to - from
    }
    if (rows === 0) return undefined
    const times = this.#timesOf(pieces, rows)
    const columns: Float64Array[] = []
    for (let column = 0; column < this.#width; column++) {
      columns.push(this.#valuesOf(pieces, rows, { at, column }))
    }
    const ops = opsOf(pieces, rows)
    return ops ? { times, columns, ops } : { times, columns }
  }

  #timesOf(pieces: readonly Piece[], rows: number): Float64Array {
    const [first] = pieces
    if (pieces.length === 1 && first) return this.#view(first)
    const all = this.#take(rows)
    let done = 0
    for (const { times, from, to } of pieces) {
      all.set(times.times.subarray(from, to), done)
      done += to - from
    }
    return all
  }

  /** Records of one rhythm share their times: those are given once. */
  #view({ times: { times }, from, to }: Piece): Float64Array {
    if (times !== this.#viewed || from !== this.#viewedFrom || to - from !== this.#given.length) {
      this.#viewed = times
      this.#viewedFrom = from
      this.#given = times.subarray(from, to)
    }
    return this.#given
  }

  #valuesOf(
    pieces: readonly Piece[],
    rows: number,
    { at, column }: { readonly at: number; readonly column: number },
  ): Float64Array {
    const all = this.#take(rows)
    let done = 0
    for (const { part, times, from, to } of pieces) {
      const { id, bytes, offsets } = part.values[column] as GroupValues
      const cursor = new Cursor(bytes, offsets[at])
      const out = done === 0 ? all : all.subarray(done)
      this.#reader.decode(id, () => decodeValues(cursor, times.times.length, { from, to }, out))
      done += to - from
    }
    return all
  }

  #take(count: number): Float64Array {
    if (this.#used + count > this.#arena.length) {
      const larger = Math.min(ARENA_VALUES, Math.max(FIRST_VALUES, 2 * this.#arena.length))
      this.#arena = new Float64Array(Math.max(larger, count))
      this.#used = 0
    }
    this.#used += count
    return this.#arena.subarray(this.#used - count, this.#used)
  }
}

function opsOf(pieces: readonly Piece[], rows: number): Uint8Array | undefined {
  if (pieces.every(({ times }) => !times.ops)) return undefined
  const all = new Uint8Array(rows)
  let done = 0
  for (const { times, from, to } of pieces) {
    if (times.ops) all.set(times.ops.subarray(from, to), done)
    done += to - from
  }
  return all
}
