/**
 * Rows of one time, each the newest of its record: noted one by one, then written column after column. Memory is
 * walked through as it lies, not record by record.
 */
import { OPEN_ROWS, type OpenRows, type OpenSlab, SLAB_BITS, SLAB_RECORDS } from './open-rows.ts'

export class RowAppender {
  readonly #open: OpenRows
  /** Of each noted row which it is, and where in the columns of its slab it goes. */
  #rows = new Int32Array(0)
  #places = new Int32Array(0)
  #count = 0
  /** Rows after one another that go to one slab, and where they end. */
  readonly #slabs: OpenSlab[] = []
  readonly #ends: number[] = []
  #last = -1

  constructor(open: OpenRows) {
    this.#open = open
  }

  /** For so many rows at most. */
  begin(rows: number): void {
    if (rows <= this.#rows.length) return
    this.#rows = new Int32Array(2 * rows)
    this.#places = new Int32Array(2 * rows)
  }

  /**
   * Notes that `row` goes behind the rows at `place`. Returns how many there may be more before some are to be
   * packed; -1, and nothing is noted, when it does not simply go behind them: it is not the newest, there are
   * none, or the place is nobody's.
   */
  note(row: number, place: number, time: number): number {
    const number = place >>> SLAB_BITS
    const index = place & (SLAB_RECORDS - 1)
    const slab = this.#open.slabs[number] as OpenSlab
    const count = slab.counts[index] as number
    const left = (slab.limits[index] as number) - count - 1
    const at = index * OPEN_ROWS + count
    if (count === 0 || left < 0 || (slab.times[at - 1] as number) >= time) return -1
    slab.times[at] = time
    slab.counts[index] = count + 1
    if (number !== this.#last) this.#beginRun(slab, number)
    this.#rows[this.#count] = row
    this.#places[this.#count++] = at
    return left
  }

  /** Writes what is noted; false when that is nothing. */
  write(columns: readonly Float64Array[]): boolean {
    const isAny = this.#count > 0
    this.#ends.push(this.#count)
    let from = 0
    for (let run = 0; run < this.#slabs.length; run++) {
      const slab = this.#slabs[run] as OpenSlab
      const to = this.#ends[run] as number
      for (let index = 0; index < columns.length; index++) {
        this.#copy(columns[index] as Float64Array, slab.columns[index] as Float64Array, from, to)
      }
      from = to
    }
    this.#slabs.length = 0
    this.#ends.length = 0
    this.#last = -1
    this.#count = 0
    return isAny
  }

  #beginRun(slab: OpenSlab, number: number): void {
    if (this.#count > 0) this.#ends.push(this.#count)
    this.#slabs.push(slab)
    this.#last = number
  }

  #copy(from: Float64Array, to: Float64Array, first: number, end: number): void {
    const [rows, places] = [this.#rows, this.#places]
    for (let at = first; at < end; at++) {
      to[places[at] as number] = from[rows[at] as number] as number
    }
  }
}
