/**
 * The newest rows of many records, column by column: reading one column of all records walks straight through
 * memory.
 */
import type { Merge } from '../block/record-rows.ts'
import { met } from './rows.ts'

/** Of one record. */
export const OPEN_ROWS = 24
/** Records that share one piece of memory. */
const SLAB_RECORDS = 64

/** Room for the newest rows of the records of a family. */
export class OpenRows {
  readonly #width: number
  readonly #free: OpenSlot[] = []

  /** `width`: columns of a row. */
  constructor(width: number) {
    this.#width = width
  }

  /** An empty slot, those after one another next to each other. */
  take(): OpenSlot {
    if (this.#free.length === 0) this.#grow()
    return this.#free.pop() as OpenSlot
  }

  release(slot: OpenSlot): void {
    slot.count = 0
    this.#free.push(slot)
  }

  #grow(): void {
    const rows = SLAB_RECORDS * OPEN_ROWS
    const memory = new ArrayBuffer((this.#width + 1) * rows * Float64Array.BYTES_PER_ELEMENT)
    const column = (index: number) => {
      return new Float64Array(memory, index * rows * Float64Array.BYTES_PER_ELEMENT, rows)
    }
    const columns = Array.from({ length: this.#width }, (_, index) => column(index + 1))
    const times = column(0)
    for (let at = SLAB_RECORDS - 1; at >= 0; at--) {
      this.#free.push(new OpenSlot(times, columns, at * OPEN_ROWS))
    }
  }
}

/** The rows of one record, `OPEN_ROWS` at most, in order of time. */
export class OpenSlot {
  count = 0
  /** Of all records of the slab. */
  readonly times: Float64Array
  readonly columns: readonly Float64Array[]
  /** Where those of this record begin. */
  readonly base: number

  constructor(times: Float64Array, columns: readonly Float64Array[], base: number) {
    this.times = times
    this.columns = columns
    this.base = base
  }

  get width(): number {
    return this.columns.length
  }

  time(row: number): number {
    return this.times[this.base + row] as number
  }

  /** Adds a row in its place, or merges it into the row of that time. */
  add(time: number, values: ArrayLike<number>, merges: readonly Merge[]): void {
    const row = this.find(time)
    if (row < this.count && this.time(row) === time) this.#merge(row, values, merges)
    else this.#insert(row, time, values)
  }

  /** Adds a row in its place, or puts it in place of the row of that time. */
  set(time: number, values: ArrayLike<number>): void {
    const row = this.find(time)
    if (row < this.count && this.time(row) === time) this.#write(row, values)
    else this.#insert(row, time, values)
  }

  remove(time: number): void {
    const row = this.find(time)
    if (row < this.count && this.time(row) === time) this.#move(row + 1, row)
  }

  /** Forgets the first `rows`. */
  drop(rows: number): void {
    this.#move(rows, 0)
  }

  /** The first row at or after `time`. */
  find(time: number): number {
    // Nearly always near the newest.
    let row = this.count
    while (row > 0 && (this.times[this.base + row - 1] as number) >= time) row--
    return row
  }

  copyTimes(from: number, to: number, out: Float64Array, outAt: number): void {
    copy(this.times, this.base + from, this.base + to, out, outAt)
  }

  copyColumn(index: number, from: number, to: number, out: Float64Array, outAt: number): void {
    copy(this.columns[index] as Float64Array, this.base + from, this.base + to, out, outAt)
  }

  #insert(row: number, time: number, values: ArrayLike<number>): void {
    if (this.count === OPEN_ROWS) throw new RangeError('no room for a row')
    if (row < this.count) this.#move(row, row + 1)
    else this.count++
    this.times[this.base + row] = time
    this.#write(row, values)
  }

  #write(row: number, values: ArrayLike<number>): void {
    const at = this.base + row
    for (let index = 0; index < this.columns.length; index++) {
      const column = this.columns[index] as Float64Array
      column[at] = values[index] as number
    }
  }

  #merge(row: number, values: ArrayLike<number>, merges: readonly Merge[]): void {
    const at = this.base + row
    for (let index = 0; index < this.columns.length; index++) {
      const column = this.columns[index] as Float64Array
      const merge = merges[index] ?? 'add'
      column[at] = met(merge, column[at] as number, values[index] as number)
    }
  }

  /** Moves the rows from `from` on to `to`. */
  #move(from: number, to: number): void {
    const { base, count } = this
    this.times.copyWithin(base + to, base + from, base + count)
    for (const column of this.columns) column.copyWithin(base + to, base + from, base + count)
    this.count += to - from
  }
}

/** Few at a time: a loop is faster than views. */
function copy(
  column: Float64Array,
  from: number,
  to: number,
  out: Float64Array,
  outAt: number,
): void {
  for (let at = from; at < to; at++) out[outAt + at - from] = column[at] as number
}
