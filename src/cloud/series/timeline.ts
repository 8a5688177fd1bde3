/** The history of one record: the newest rows open, older ones packed. */
import { Arena } from './arena.ts'
import { type Chunk, copyColumn, copyTimes, pack, rowAt } from './chunk.ts'
import type { Columns } from './metric.ts'
import { type Merge, Rows } from './rows.ts'

/** Rows that are open at most. */
const OPEN_ROWS = 16
/** Rows of a chunk; one that late rows fill twice over is split. */
const CHUNK_ROWS = 32

export class Timeline {
  readonly #merges: readonly Merge[]
  /** In order of time, apart from each other and before the open rows. */
  readonly #chunks: Chunk[] = []
  #open: Rows
  /** Open rows at which they are packed. */
  #packAt: number

  /** `stagger`: any number; timelines with different ones are packed at different times. */
  constructor(merges: readonly Merge[], stagger: number) {
    this.#merges = merges
    this.#open = new Rows(merges.length)
    this.#packAt = 1 + (stagger % OPEN_ROWS)
  }

  get firstMs(): number {
    const first = this.#chunks[0]?.firstMs
    return first ?? (this.#open.length > 0 ? this.#open.time(0) : Infinity)
  }

  get lastMs(): number {
    const { length } = this.#open
    return length > 0 ? this.#open.time(length - 1) : (this.#chunks.at(-1)?.lastMs ?? -Infinity)
  }

  get isEmpty(): boolean {
    return this.#open.length === 0 && this.#chunks.length === 0
  }

  /** A contribution to the row of that time. */
  add(time: number, row: ArrayLike<number>): void {
    const last = this.#chunks[this.#chunks.length - 1]
    if (last && time <= last.lastMs) {
      this.#changeLate(time, (rows) => rows.add(time, row, this.#merges))
      return
    }
    this.#open.add(time, row, this.#merges)
    this.#packOpen()
  }

  /** The row of that time from now on. */
  set(time: number, row: ArrayLike<number>): void {
    this.#change(time, (rows) => rows.set(time, row))
  }

  remove(time: number): void {
    if (time >= this.firstMs && time <= this.lastMs) this.#change(time, (rows) => rows.remove(time))
  }

  #change(time: number, change: (rows: Rows) => void): void {
    const packed = this.#chunks.at(-1)
    if (packed && time <= packed.lastMs) {
      this.#changeLate(time, change)
      return
    }
    change(this.#open)
    this.#packOpen()
  }

  /** Behind the last chunk, or with its rows when it is only half full. */
  #packOpen(): void {
    if (this.#open.length < this.#packAt) return
    this.#packAt = OPEN_ROWS
    const last = this.#chunks.at(-1)
    if (last && last.rows + this.#open.length <= CHUNK_ROWS) {
      const rows = this.#unpack(last)
      rows.append(this.#open)
      this.#chunks[this.#chunks.length - 1] = pack(rows)
    } else this.#chunks.push(pack(this.#open))
    this.#open.clear()
  }

  /**
   * Rows with `startMs ≤ time ≤ endMs`; undefined when there are none. Times may be shared with what was read
   * before into the same arena: neither is to be changed.
   */
  read(
    startMs: number,
    endMs: number,
    wanted: readonly number[],
    arena: Arena = new Arena(),
  ): Columns | undefined {
    if (this.lastMs < startMs || this.firstMs > endMs) return undefined
    const first = this.#chunkAt(startMs)
    let end = first
    let count = 0
    for (let chunk = this.#chunks[end]; chunk && chunk.firstMs <= endMs; ) {
      count += rowAt(chunk, endMs + 1) - rowAt(chunk, startMs)
      chunk = this.#chunks[++end]
    }
    const from = this.#open.find(startMs)
    const to = Math.max(from, this.#open.find(endMs + 1))
    count += to - from
    if (count === 0) return undefined
    const times = arena.take(count)
    let at = 0
    for (let index = first; index < end; index++) {
      const chunk = this.#chunks[index] as Chunk
      const [chunkFrom, chunkTo] = [rowAt(chunk, startMs), rowAt(chunk, endMs + 1)]
      copyTimes(chunk, chunkFrom, chunkTo, times, at)
      at += chunkTo - chunkFrom
    }
    this.#open.copyTimes(from, to, times, at)
    const shared = arena.sharedTimes(times)
    const range = { startMs, endMs, first, end, from, to, count }
    return {
      times: shared,
      columns: wanted.map((column) => this.#readColumn(column, range, arena)),
    }
  }

  #readColumn(column: number, range: ChunkRange, arena: Arena): Float64Array {
    const { startMs, endMs, first, end, from, to, count } = range
    const values = arena.take(count)
    let at = 0
    for (let index = first; index < end; index++) {
      const chunk = this.#chunks[index] as Chunk
      const [chunkFrom, chunkTo] = [rowAt(chunk, startMs), rowAt(chunk, endMs + 1)]
      copyColumn(chunk, column, chunkFrom, chunkTo, values, at)
      at += chunkTo - chunkFrom
    }
    this.#open.copyColumn(column, from, to, values, at)
    return values
  }

  /** Forgets packed rows that are all before `time`, and open ones when all are. */
  dropBefore(time: number): void {
    this.#chunks.splice(0, this.#chunkAt(time))
    if (this.lastMs < time) this.#open = new Rows(this.#merges.length)
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
    this.#chunks.splice(at, 1, ...packedOf(rows))
  }

  #unpack(chunk: Chunk): Rows {
    const rows = new Rows(this.#merges.length, 2 * CHUNK_ROWS + 1)
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

/** Chunks `first` to `end`, open rows `from` to `to`; `count` rows in all. */
interface ChunkRange {
  readonly startMs: number
  readonly endMs: number
  readonly first: number
  readonly end: number
  readonly from: number
  readonly to: number
  readonly count: number
}

function packedOf(rows: Rows): Chunk[] {
  if (rows.length === 0) return []
  if (rows.length < 2 * CHUNK_ROWS) return [pack(rows)]
  const half = rows.length >> 1
  return [pack(rows, 0, half), pack(rows, half)]
}
