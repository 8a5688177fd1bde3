/** Rows of numbers in order of time, each of `width` columns. */
import type { Merge } from '../block/record-rows.ts'
import type { OpenSlot } from './open-rows.ts'

const FIRST_ROWS = 8

export class Rows {
  readonly width: number
  length = 0
  /** Row after row: its time (Unix ms), then its columns. */
  #data: Float64Array
  readonly #stride: number

  constructor(width: number, capacity = FIRST_ROWS) {
    this.width = width
    this.#stride = width + 1
    this.#data = new Float64Array(capacity * this.#stride)
  }

  time(row: number): number {
    return this.#data[row * this.#stride] as number
  }

  /** Adds a row in its place, or merges it into the row of that time. */
  add(time: number, values: ArrayLike<number>, merges: readonly Merge[]): void {
    const row = this.find(time)
    if (row < this.length && this.time(row) === time) this.#merge(row, values, merges)
    else this.#insert(row, time, values)
  }

  /** Adds a row in its place, or puts it in place of the row of that time. */
  set(time: number, values: ArrayLike<number>): void {
    const row = this.find(time)
    if (row >= this.length || this.time(row) !== time) this.#insert(row, time, values)
    else this.#write(row, values)
  }

  remove(time: number): void {
    const row = this.find(time)
    if (row >= this.length || this.time(row) !== time) return
    const next = (row + 1) * this.#stride
    this.#data.copyWithin(row * this.#stride, next, this.length * this.#stride)
    this.length--
  }

  /** The first row at or after `time`. */
  find(time: number): number {
    let low = 0
    let high = this.length
    // Nearly always behind the newest.
    if (high > 0 && this.time(high - 1) < time) return high
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.time(middle) < time) low = middle + 1
      else high = middle
    }
    return low
  }

  copyColumn(index: number, from: number, to: number, out: Float64Array, outAt: number): void {
    this.#copy(index + 1, from, to, out, outAt)
  }

  /** Rows of these times, whose columns are filled one by one. */
  begin(times: Float64Array): void {
    while (times.length * this.#stride > this.#data.length) this.#grow()
    this.length = times.length
    this.#fill(0, times)
  }

  fillColumn(index: number, values: Float64Array): void {
    this.#fill(index + 1, values)
  }

  /** The first `count` rows of a slot, which are all later. */
  append(open: OpenSlot, count: number): void {
    while ((this.length + count) * this.#stride > this.#data.length) this.#grow()
    for (let row = 0; row < count; row++) {
      let at = (this.length + row) * this.#stride
      this.#data[at++] = open.time(row)
      for (const column of open.columns) this.#data[at++] = column[open.base + row] as number
    }
    this.length += count
  }

  #copy(offset: number, from: number, to: number, out: Float64Array, outAt: number): void {
    for (let row = from, at = from * this.#stride + offset; row < to; row++, at += this.#stride) {
      out[outAt + row - from] = this.#data[at] as number
    }
  }

  #fill(offset: number, values: Float64Array): void {
    for (let row = 0, at = offset; row < values.length; row++, at += this.#stride) {
      this.#data[at] = values[row] as number
    }
  }

  #merge(row: number, values: ArrayLike<number>, merges: readonly Merge[]): void {
    const start = row * this.#stride + 1
    for (let column = 0; column < this.width; column++) {
      const old = this.#data[start + column] as number
      const value = values[column] as number
      this.#data[start + column] = met(merges[column] ?? 'add', old, value)
    }
  }

  #insert(row: number, time: number, values: ArrayLike<number>): void {
    const used = this.length * this.#stride
    if (used === this.#data.length) this.#grow()
    const start = row * this.#stride
    if (start < used) this.#data.copyWithin(start + this.#stride, start, used)
    this.#data[start] = time
    this.#write(row, values)
    this.length++
  }

  #write(row: number, values: ArrayLike<number>): void {
    const start = row * this.#stride + 1
    for (let column = 0; column < this.width; column++) {
      this.#data[start + column] = values[column] as number
    }
  }

  #grow(): void {
    const grown = new Float64Array(this.#data.length * 2)
    grown.set(this.#data)
    this.#data = grown
  }
}

export function met(merge: Merge, old: number, value: number): number {
  if (merge === 'add') return old + value
  if (merge === 'last') return value
  if (merge === 'first') return old
  return merge === 'max' ? Math.max(old, value) : Math.min(old, value)
}
