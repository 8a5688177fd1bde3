/** Rows of numbers in order of time, each of `width` columns. */

/** How contributions to one number meet. */
export type Merge = 'add' | 'max' | 'min'

const FIRST_ROWS = 4

export class Rows {
  readonly width: number
  /** Unix ms, ascending; the first `length` count. */
  times: Float64Array
  /** Row after row. */
  values: Float64Array
  length = 0

  constructor(width: number, capacity = FIRST_ROWS) {
    this.width = width
    this.times = new Float64Array(capacity)
    this.values = new Float64Array(capacity * width)
  }

  /** Adds a row in its place, or merges it into the row of that time. */
  add(time: number, row: ArrayLike<number>, merges: readonly Merge[]): void {
    const at = this.find(time)
    if (at < this.length && this.times[at] === time) this.#merge(at, row, merges)
    else this.#insert(at, time, row)
  }

  /** The first row at or after `time`. */
  find(time: number): number {
    let low = 0
    let high = this.length
    // Nearly always the newest.
    if (high > 0 && (this.times[high - 1] as number) < time) return high
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.times[middle] as number) < time) low = middle + 1
      else high = middle
    }
    return low
  }

  column(index: number): Float64Array {
    const column = new Float64Array(this.length)
    for (let row = 0, at = index; row < this.length; row++, at += this.width) {
      column[row] = this.values[at] as number
    }
    return column
  }

  #merge(at: number, row: ArrayLike<number>, merges: readonly Merge[]): void {
    const start = at * this.width
    for (let column = 0; column < this.width; column++) {
      const merge = merges[column] ?? 'add'
      const old = this.values[start + column] as number
      const value = row[column] as number
      if (merge === 'add') this.values[start + column] = old + value
      else
        this.values[start + column] = merge === 'max' ? Math.max(old, value) : Math.min(old, value)
    }
  }

  #insert(at: number, time: number, row: ArrayLike<number>): void {
    if (this.length === this.times.length) this.#grow()
    this.times.copyWithin(at + 1, at, this.length)
    this.values.copyWithin((at + 1) * this.width, at * this.width, this.length * this.width)
    this.times[at] = time
    this.values.set(row, at * this.width)
    this.length++
  }

  #grow(): void {
    const { times, values } = this
    this.times = new Float64Array(times.length * 2)
    this.times.set(times)
    this.values = new Float64Array(values.length * 2)
    this.values.set(values)
  }
}
