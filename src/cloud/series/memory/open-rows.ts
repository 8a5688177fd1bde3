/**
 * The newest rows of many records, column by column: reading one column of all records walks straight through
 * memory.
 */
import type { Merge } from '../block/record-rows.ts'
import { met } from './rows.ts'

/** Of one record. */
export const OPEN_ROWS = 24
/** Records that share one piece of memory: a power of two. */
export const SLAB_BITS = 6
export const SLAB_RECORDS = 2 ** SLAB_BITS

/** Room for the newest rows of the records of a family. */
export class OpenRows {
  readonly slabs: OpenSlab[] = []
  readonly #width: number
  readonly #free: OpenSlot[] = []
  /** Released, but somebody may know their place. */
  readonly #resting: OpenSlot[] = []

  /** `width`: columns of a row. */
  constructor(width: number) {
    this.#width = width
  }

  /** An empty slot, those after one another next to each other. */
  take(): OpenSlot {
    if (this.#free.length === 0) this.#grow()
    return this.#free.pop() as OpenSlot
  }

  /** Empties a slot; it is not taken again before `reuse`. */
  release(slot: OpenSlot): void {
    slot.clear()
    this.#resting.push(slot)
  }

  /** Nobody knows places of slots any more that were released. */
  reuse(): void {
    for (const slot of this.#resting.splice(0)) this.#free.push(slot)
  }

  #grow(): void {
    const first = this.slabs.length * SLAB_RECORDS
    const slab = new OpenSlab(this.#width)
    this.slabs.push(slab)
    for (let at = SLAB_RECORDS - 1; at >= 0; at--) this.#free.push(new OpenSlot(slab, first + at))
  }
}

/** Memory of some records: of each `OPEN_ROWS` rows, one record behind the other. */
export class OpenSlab {
  readonly times: Float64Array
  readonly columns: readonly Float64Array[]
  /** Of each record its rows. */
  readonly counts = new Uint8Array(SLAB_RECORDS)
  /** Of each record at how many rows some are packed; 0: it is nobody's. */
  readonly limits = new Uint8Array(SLAB_RECORDS)

  constructor(width: number) {
    const rows = SLAB_RECORDS * OPEN_ROWS
    const memory = new ArrayBuffer((width + 1) * rows * Float64Array.BYTES_PER_ELEMENT)
    const column = (index: number) => {
      return new Float64Array(memory, index * rows * Float64Array.BYTES_PER_ELEMENT, rows)
    }
    this.columns = Array.from({ length: width }, (_, index) => column(index + 1))
    this.times = column(0)
  }
}

/** The rows of one record, `OPEN_ROWS` at most, in order of time. */
export class OpenSlot {
  /** Number of its slab times `SLAB_RECORDS`, and its own there. */
  readonly place: number
  /** Where its rows begin in the columns of the slab. */
  readonly base: number
  readonly #slab: OpenSlab
  readonly #index: number

  constructor(slab: OpenSlab, place: number) {
    this.place = place
    this.#slab = slab
    this.#index = place % SLAB_RECORDS
    this.base = this.#index * OPEN_ROWS
  }

  get count(): number {
    return this.#slab.counts[this.#index] as number
  }

  /** Of all records of the slab, as the columns. */
  get times(): Float64Array {
    return this.#slab.times
  }

  get columns(): readonly Float64Array[] {
    return this.#slab.columns
  }

  get width(): number {
    return this.#slab.columns.length
  }

  /** Rows at which some are to be packed. */
  set limit(rows: number) {
    this.#slab.limits[this.#index] = rows
  }

  get isFull(): boolean {
    return this.count >= (this.#slab.limits[this.#index] as number)
  }

  time(row: number): number {
    return this.#slab.times[this.base + row] as number
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

  /** Nobody's until it has a limit again. */
  clear(): void {
    this.#slab.counts[this.#index] = 0
    this.limit = 0
  }

  /** The first row at or after `time`. */
  find(time: number): number {
    const { times } = this.#slab
    // Nearly always near the newest.
    let row = this.count
    while (row > 0 && (times[this.base + row - 1] as number) >= time) row--
    return row
  }

  copyTimes(from: number, to: number, out: Float64Array, outAt: number): void {
    copy(this.times, this.base + from, this.base + to, out, outAt)
  }

  copyColumn(index: number, from: number, to: number, out: Float64Array, outAt: number): void {
    copy(this.columns[index] as Float64Array, this.base + from, this.base + to, out, outAt)
  }

  #insert(row: number, time: number, values: ArrayLike<number>): void {
    const { count } = this
    if (count === OPEN_ROWS) throw new RangeError('no room for a row')
    if (row < count) this.#move(row, row + 1)
    else this.#slab.counts[this.#index] = count + 1
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
    this.#slab.counts[this.#index] = count + to - from
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
