/** Rows of one record on their way into an answer, column after column in a piece of the answer's arena. */
import type { Arena } from './arena.ts'
import type { RecordRows } from './record-rows.ts'

const NONE = new Float64Array(0)

/** Used again for the next record. */
export class FlatBuffer {
  readonly arena: Arena
  times: Float64Array = NONE
  piece: Float64Array = NONE
  /** Where in `piece` the first column begins; each has `count` values. */
  start = 0
  count = 0

  constructor(arena: Arena) {
    this.arena = arena
  }

  /** From column to column. */
  get stride(): number {
    return this.count
  }

  /** Makes room for the columns of `times`, which are set by then. */
  begin(times: Float64Array, columns: number): void {
    this.times = times
    this.count = times.length
    this.start = this.arena.reserve(columns * times.length)
    this.piece = this.arena.piece
  }

  /** Columns that are there already. */
  show(times: Float64Array, piece: Float64Array, start: number): void {
    this.times = times
    this.count = times.length
    this.piece = piece
    this.start = start
  }

  copy({ times, columns }: Pick<RecordRows, 'times' | 'columns'>): void {
    this.begin(times, columns.length)
    for (let at = 0; at < columns.length; at++) {
      this.piece.set(columns[at] as Float64Array, this.start + at * this.count)
    }
  }

  column(at: number): Float64Array {
    const from = this.start + at * this.count
    return this.piece.subarray(from, from + this.count)
  }

  /** As views. */
  rows(columns: number): RecordRows {
    return {
      times: this.times,
      columns: Array.from({ length: columns }, (_, at) => this.column(at)),
    }
  }
}
