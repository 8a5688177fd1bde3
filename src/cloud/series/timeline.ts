/** The history of one record: the newest rows open, older ones packed. */
import { type Chunk, pack, unpack, unpackRows } from './chunk.ts'
import type { Columns } from './metric.ts'
import { type Merge, Rows } from './rows.ts'

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
    this.#packAt = 1 + (stagger % CHUNK_ROWS)
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
    this.#change(time, (rows) => rows.add(time, row, this.#merges))
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
    if (this.#open.length < this.#packAt) return
    this.#chunks.push(pack(this.#open))
    this.#open.clear()
    this.#packAt = CHUNK_ROWS
  }

  /** Rows with `startMs ≤ time ≤ endMs`; undefined when there are none. */
  read(startMs: number, endMs: number, wanted: readonly number[]): Columns | undefined {
    if (this.lastMs < startMs || this.firstMs > endMs) return undefined
    const parts: Columns[] = []
    for (let at = this.#chunkAt(startMs); at < this.#chunks.length; at++) {
      const chunk = this.#chunks[at] as Chunk
      if (chunk.firstMs > endMs) break
      parts.push(cut(unpack(chunk, wanted), startMs, endMs))
    }
    parts.push(this.#readOpen(startMs, endMs, wanted))
    const times = join(parts.map((part) => part.times))
    if (times.length === 0) return undefined
    const columns = wanted.map((_, at) => join(parts.map((part) => part.columns[at] ?? NOTHING)))
    return { times, columns }
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
    const rows = unpackRows(chunk, this.#merges)
    change(rows)
    this.#chunks.splice(at, 1, ...packedOf(rows))
  }

  #readOpen(startMs: number, endMs: number, wanted: readonly number[]): Columns {
    const from = this.#open.find(startMs)
    const to = Math.max(from, this.#open.find(endMs + 1))
    const columns = wanted.map((index) => this.#open.column(index, from, to))
    return { times: this.#open.times(from, to), columns }
  }
}

function packedOf(rows: Rows): Chunk[] {
  if (rows.length === 0) return []
  if (rows.length < 2 * CHUNK_ROWS) return [pack(rows)]
  const half = rows.length >> 1
  return [pack(rows, 0, half), pack(rows, half)]
}

const NOTHING = new Float64Array(0)

function cut({ times, columns }: Columns, startMs: number, endMs: number): Columns {
  let from = 0
  let to = times.length
  while (from < to && (times[from] as number) < startMs) from++
  while (to > from && (times[to - 1] as number) > endMs) to--
  return {
    times: times.subarray(from, to),
    columns: columns.map((column) => column.subarray(from, to)),
  }
}

function join(parts: readonly Float64Array[]): Float64Array {
  if (parts.length === 1) return parts[0] ?? NOTHING
  const whole = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
