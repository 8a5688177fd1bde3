/** Rows of one record without an object for each column: what a block is written from, mostly. */
import type { RecordRows } from './record-rows.ts'

/** All of them say `add`. */
export interface FlatRows {
  /** Unix ms, integers, ascending. */
  readonly times: Float64Array
  /** Has the columns one behind the other, each as long as `times`. */
  readonly piece: Float64Array
  /** Where in it the first begins. */
  readonly start: number
}

export function isFlat(rows: RecordRows | FlatRows): rows is FlatRows {
  return 'piece' in rows
}

export function unflattened({ times, piece, start }: FlatRows, width: number): RecordRows {
  const { length } = times
  const columns = Array.from({ length: width }, (_, column) =>
    piece.subarray(start + column * length, start + (column + 1) * length),
  )
  return { times, columns }
}
