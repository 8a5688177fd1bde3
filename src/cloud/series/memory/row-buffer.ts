/** Rows of one record on their way into an answer, column after column in a piece of the answer's arena. */
import type { Labels } from '../../../model/labels.ts'
import type { SeriesData } from '../../../promql/index.ts'
import type { Arena } from '../block/arena.ts'
import type { Columns } from './metric.ts'

const NONE = new Float64Array(0)

/** Used again for the next record. */
export class RowBuffer {
  readonly arena: Arena
  times: Float64Array = NONE
  piece: Float64Array = NONE
  /** Where in `piece` the first column begins; each has `count` values. */
  start = 0
  count = 0

  constructor(arena: Arena) {
    this.arena = arena
  }

  /** Makes room for the columns of `times`, which are set by then. */
  begin(times: Float64Array, columns: number): void {
    this.times = times
    this.count = times.length
    this.start = this.arena.reserve(columns * times.length)
    this.piece = this.arena.piece
  }

  copy({ times, columns }: Columns): void {
    this.begin(times, columns.length)
    for (let at = 0; at < columns.length; at++) {
      this.piece.set(columns[at] as Float64Array, this.start + at * this.count)
    }
  }

  column(at: number): Float64Array {
    const from = this.start + at * this.count
    return this.piece.subarray(from, from + this.count)
  }

  /** Adds to each of the first `count` of these columns all that are before it. */
  countUp(columns: readonly number[], count: number): void {
    for (let index = 1; index < count; index++) {
      const before = this.start + (columns[index - 1] as number) * this.count
      const own = this.start + (columns[index] as number) * this.count
      for (let row = 0; row < this.count; row++) {
        this.piece[own + row] =
          (this.piece[own + row] as number) + (this.piece[before + row] as number)
      }
    }
  }

  series(labels: Labels, column: number): SeriesData {
    return new BufferedSeries(labels, this, this.start + column * this.count)
  }
}

/** Its values are made into an array when they are asked for: most are looked at once. */
class BufferedSeries implements SeriesData {
  readonly labels: Labels
  readonly times: Float64Array
  readonly piece: Float64Array
  readonly from: number

  constructor(labels: Labels, { times, piece }: RowBuffer, from: number) {
    this.labels = labels
    this.times = times
    this.piece = piece
    this.from = from
  }

  get values(): Float64Array {
    return this.piece.subarray(this.from, this.from + this.times.length)
  }
}
