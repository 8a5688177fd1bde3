/** Rows of one record on their way into an answer, and the series they become. */
import type { Labels } from '../../../model/labels.ts'
import type { SeriesData } from '../../../promql/index.ts'
import { FlatBuffer } from '../block/flat-buffer.ts'

export class RowBuffer extends FlatBuffer {
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
