/** Rows of one record without an object for each column: what a block is written from, mostly. */
import type { RecordRows } from './record-rows.ts'

/** All of them say `add`. */
export interface FlatRows {
  /** Unix ms, integers, ascending. */
  readonly times: Float64Array
  /** Has the columns. */
  readonly piece: Float64Array
  /** Where in it the first begins, and how far behind it the next. */
  readonly start: number
  readonly stride: number
}

export function isFlat(rows: RecordRows | FlatRows): rows is FlatRows {
  return 'piece' in rows
}
