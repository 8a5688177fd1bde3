/** Room for the rows of the records of a family: many records share a piece of memory. */
import { ChunkRoom } from './chunk-room.ts'
import { OpenRows } from './open-rows.ts'
import { Rows } from './rows.ts'

export class RowRoom {
  readonly open: OpenRows
  readonly chunks = new ChunkRoom()
  /** For a chunk that is packed anew. */
  readonly scratch: Rows

  /** `width`: columns of a row. */
  constructor(width: number) {
    this.open = new OpenRows(width)
    this.scratch = new Rows(width)
  }
}
