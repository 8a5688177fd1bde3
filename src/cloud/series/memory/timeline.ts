/** The history of one record: the newest rows open, older ones packed. */
import { Arena } from '../block/arena.ts'
import type { Merge } from '../block/record-rows.ts'
import { type Chunk, copyColumn, copyTimes } from './chunk.ts'
import { type ChunkPart, changeRows, dropBefore, packRows, partsOf } from './chunk-list.ts'
import type { Columns } from './metric.ts'
import { OPEN_ROWS, type OpenSlot } from './open-rows.ts'
import { free } from './packing.ts'
import { RowBuffer } from './row-buffer.ts'
import type { RowRoom } from './row-room.ts'
import type { Rows } from './rows.ts'

/** Rows that stay open when others are packed: rules mostly look no further back. */
const KEPT_ROWS = 12

export class Timeline {
  readonly #merges: readonly Merge[]
  /** In order of time, apart from each other and before the open rows. */
  readonly #chunks: Chunk[] = []
  readonly #open: OpenSlot
  readonly #room: RowRoom

  /** `stagger`: any number; timelines with different ones are packed at different times. */
  constructor(merges: readonly Merge[], stagger: number, room: RowRoom) {
    this.#merges = merges
    this.#room = room
    this.#open = room.open.take()
    this.#open.limit = KEPT_ROWS + 1 + (stagger % (OPEN_ROWS - KEPT_ROWS))
  }

  /** Gives its memory back: it is not to be used any more. */
  release(): void {
    this.#room.open.release(this.#open)
    for (const chunk of this.#chunks.splice(0)) free(chunk)
  }

  /** Of its open rows. */
  get place(): number {
    return this.#open.place
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
    if (this.#open.isFull) this.pack()
  }

  /** The row of that time from now on. */
  set(time: number, row: ArrayLike<number>): void {
    if (this.#isPacked(time)) {
      this.#changeLate(time, (rows) => rows.set(time, row))
      return
    }
    this.#open.set(time, row)
    if (this.#open.isFull) this.pack()
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

  /** All open rows but the newest. */
  pack(): void {
    const count = this.#open.count - KEPT_ROWS
    packRows(this.#chunks, this.#open, count, this.#room)
    this.#open.drop(count)
    this.#open.limit = OPEN_ROWS
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
    const parts: ChunkPart[] = partsOf(this.#chunks, startMs, endMs)
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

  /** Forgets packed rows that are all before `time`, and open ones when all are. */
  dropBefore(time: number): void {
    dropBefore(this.#chunks, time)
    if (this.lastMs < time) this.#open.drop(this.#open.count)
  }

  #changeLate(time: number, change: (rows: Rows) => void): void {
    changeRows(this.#chunks, time, this.#room, change)
  }
}

/** Times on their way out. */
let scratch = new Float64Array(64)
