/** The history of one record: the newest rows open, older ones packed. */
import { Arena } from '../block/arena.ts'
import type { Merge } from '../block/record-rows.ts'
import { type Chunk, copyColumn, copyTimes, free, pack, rowAt } from './chunk.ts'
import type { ChunkRoom } from './chunk-room.ts'
import type { Columns } from './metric.ts'
import { OPEN_ROWS, type OpenSlot } from './open-rows.ts'
import { RowBuffer } from './row-buffer.ts'
import type { RowRoom } from './row-room.ts'
import type { Rows } from './rows.ts'

/** Rows that stay open when others are packed: rules mostly look no further back. */
const KEPT_ROWS = 16
/** Rows of a chunk; one that late rows fill twice over is split. */
const CHUNK_ROWS = 32

export class Timeline {
  readonly #merges: readonly Merge[]
  /** In order of time, apart from each other and before the open rows. */
  readonly #chunks: Chunk[] = []
  readonly #open: OpenSlot
  readonly #room: RowRoom
  /** Open rows at which some are packed. */
  #packAt: number

  /** `stagger`: any number; timelines with different ones are packed at different times. */
  constructor(merges: readonly Merge[], stagger: number, room: RowRoom) {
    this.#merges = merges
    this.#room = room
    this.#open = room.open.take()
    this.#packAt = KEPT_ROWS + 1 + (stagger % (OPEN_ROWS - KEPT_ROWS))
  }

  /** Gives its memory back: it is not to be used any more. */
  release(): void {
    this.#room.open.release(this.#open)
    for (const chunk of this.#chunks.splice(0)) free(chunk)
  }

  get firstMs(): number {
    const first = this.#chunks[0]?.firstMs
    return first ?? (this.#open.count > 0 ? this.#open.time(0) : Infinity)
  }

  get lastMs(): number {
    const { count } = this.#open
    return count > 0 ? this.#open.time(count - 1) : (this.#chunks.at(-1)?.lastMs ?? -Infinity)
  }

  get isEmpty(): boolean {
    return this.#open.count === 0 && this.#chunks.length === 0
  }

  /** A contribution to the row of that time. */
  add(time: number, row: ArrayLike<number>): void {
    if (this.#isPacked(time)) {
      this.#changeLate(time, (rows) => rows.add(time, row, this.#merges))
      return
    }
    this.#open.add(time, row, this.#merges)
    if (this.#open.count >= this.#packAt) this.#packOpen()
  }

  /** The row of that time from now on. */
  set(time: number, row: ArrayLike<number>): void {
    if (this.#isPacked(time)) {
      this.#changeLate(time, (rows) => rows.set(time, row))
      return
    }
    this.#open.set(time, row)
    if (this.#open.count >= this.#packAt) this.#packOpen()
  }

  remove(time: number): void {
    if (time < this.firstMs || time > this.lastMs) return
    if (this.#isPacked(time)) this.#changeLate(time, (rows) => rows.remove(time))
    else this.#open.remove(time)
  }

  /** Whether a row of that time is, or belongs, before the open ones. */
  #isPacked(time: number): boolean {
    const open = this.#open
    if (open.count > 0 && open.time(0) <= time) return false
    const last = this.#chunks[this.#chunks.length - 1]
    return last !== undefined && time <= last.lastMs
  }

  /** All but the newest: behind the last chunk, or with its rows when it is not full. */
  #packOpen(): void {
    this.#packAt = OPEN_ROWS
    const open = this.#open
    const count = open.count - KEPT_ROWS
    const last = this.#chunks.at(-1)
    if (last && last.rows + count <= CHUNK_ROWS) {
      const rows = this.#unpack(last)
      rows.append(open, count)
      free(last)
      this.#chunks[this.#chunks.length - 1] = pack(rows, 0, rows.length, this.#room.chunks)
    } else this.#chunks.push(pack(open, 0, count, this.#room.chunks))
    open.drop(count)
  }

  /** Rows with `startMs ≤ time ≤ endMs`; undefined when there are none. `arena`: for what is not kept. */
  read(
    startMs: number,
    endMs: number,
    wanted: readonly number[],
    arena: Arena = new Arena(),
  ): Columns | undefined {
    const buffer = new RowBuffer(arena)
    if (!this.readInto(startMs, endMs, wanted, buffer)) return undefined
    return { times: buffer.times, columns: wanted.map((_, at) => buffer.column(at)) }
  }

  /** As `read`; false when there are none. */
  readInto(startMs: number, endMs: number, wanted: readonly number[], buffer: RowBuffer): boolean {
    const open = this.#open
    const needsChunks = this.#chunks.length > 0 && (open.count === 0 || open.time(0) > startMs)
    if (needsChunks) return this.#readAll(startMs, endMs, wanted, buffer)
    const from = open.find(startMs)
    const to = open.find(endMs + 1)
    if (from >= to) return false
    buffer.begin(
      buffer.arena.takeTimes(open.times, open.base + from, open.base + to),
      wanted.length,
    )
    for (let at = 0; at < wanted.length; at++) {
      const into = buffer.start + at * buffer.count
      open.copyColumn(wanted[at] as number, from, to, buffer.piece, into)
    }
    return true
  }

  #readAll(startMs: number, endMs: number, wanted: readonly number[], buffer: RowBuffer): boolean {
    const parts = this.#partsOf(startMs, endMs)
    const from = this.#open.find(startMs)
    const to = Math.max(from, this.#open.find(endMs + 1))
    const count = parts.reduce((sum, part) => sum + part.to - part.from, to - from)
    if (count === 0) return false
    if (count > scratch.length) scratch = new Float64Array(2 * count)
    let row = 0
    for (const part of parts) {
      copyTimes(part.chunk, part.from, part.to, scratch, row)
      row += part.to - part.from
    }
    this.#open.copyTimes(from, to, scratch, row)
    buffer.begin(buffer.arena.takeTimes(scratch, 0, count), wanted.length)
    for (let at = 0; at < wanted.length; at++) {
      const column = wanted[at] as number
      let into = buffer.start + at * count
      for (const part of parts) {
        copyColumn(part.chunk, column, part.from, part.to, buffer.piece, into)
        into += part.to - part.from
      }
      this.#open.copyColumn(column, from, to, buffer.piece, into)
    }
    return true
  }

  /** Chunks with rows in the range, and which. */
  #partsOf(startMs: number, endMs: number): Part[] {
    const parts: Part[] = []
    for (let at = this.#chunkAt(startMs); at < this.#chunks.length; at++) {
      const chunk = this.#chunks[at] as Chunk
      if (chunk.firstMs > endMs) break
      const [from, to] = [rowAt(chunk, startMs), rowAt(chunk, endMs + 1)]
      if (from < to) parts.push({ chunk, from, to })
    }
    return parts
  }

  /** Forgets packed rows that are all before `time`, and open ones when all are. */
  dropBefore(time: number): void {
    const first = this.#chunkAt(time)
    if (first > 0) for (const chunk of this.#chunks.splice(0, first)) free(chunk)
    if (this.lastMs < time) this.#open.drop(this.#open.count)
  }

  /** The first chunk that ends at or after `time`. */
  #chunkAt(time: number): number {
    let low = 0
    let high = this.#chunks.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#chunks[middle] as Chunk).lastMs < time) low = middle + 1
      else high = middle
    }
    return low
  }

  #changeLate(time: number, change: (rows: Rows) => void): void {
    const at = this.#chunkAt(time)
    const chunk = this.#chunks[at]
    if (!chunk) throw new RangeError(`no chunk for ${time}`)
    const rows = this.#unpack(chunk)
    change(rows)
    free(chunk)
    this.#chunks.splice(at, 1, ...packedOf(rows, this.#room.chunks))
  }

  /** Into the scratch of the room. */
  #unpack(chunk: Chunk): Rows {
    const rows = this.#room.scratch
    const values = new Float64Array(chunk.rows)
    copyTimes(chunk, 0, chunk.rows, values, 0)
    rows.begin(values)
    for (let column = 0; column < rows.width; column++) {
      copyColumn(chunk, column, 0, chunk.rows, values, 0)
      rows.fillColumn(column, values)
    }
    return rows
  }
}

/** Rows `from` to `to` of a chunk. */
interface Part {
  readonly chunk: Chunk
  readonly from: number
  readonly to: number
}

/** Times on their way out. */
let scratch = new Float64Array(64)

function packedOf(rows: Rows, room: ChunkRoom): Chunk[] {
  if (rows.length === 0) return []
  if (rows.length < 2 * CHUNK_ROWS) return [pack(rows, 0, rows.length, room)]
  const half = rows.length >> 1
  return [pack(rows, 0, half, room), pack(rows, half, rows.length, room)]
}
