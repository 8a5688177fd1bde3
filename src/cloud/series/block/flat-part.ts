/** One slice of one group, whose records are read one after the other into a piece of memory. */
import { Cursor } from './cursor.ts'
import type { FamilyReader, GroupValues } from './family-reader.ts'
import type { RecordTimes } from './times.ts'
import { decodeValues } from './values.ts'

/** One column on its way. */
let scratch = new Float64Array(256)

export class FlatPart {
  readonly #reader: FamilyReader
  readonly #times: readonly (RecordTimes | undefined)[]
  readonly #values: readonly GroupValues[]
  readonly #cursors: readonly Cursor[]

  constructor(
    reader: FamilyReader,
    times: readonly (RecordTimes | undefined)[],
    values: readonly GroupValues[],
  ) {
    this.#reader = reader
    this.#times = times
    this.#values = values
    this.#cursors = values.map(({ bytes }) => new Cursor(bytes))
  }

  /** Of the record at this place of the group. */
  times(at: number): RecordTimes | undefined {
    return this.#times[at]
  }

  /** All columns of a record that has rows, `stride` apart, the first at `start`. @throws {BlockFailure} */
  copy(at: number, into: Float64Array, start: number, stride: number): void {
    const rows = this.#times[at]?.times.length ?? 0
    if (rows > scratch.length) scratch = new Float64Array(2 * rows)
    const all = { from: 0, to: rows }
    for (let column = 0; column < this.#values.length; column++) {
      const { offsets, id } = this.#values[column] as GroupValues
      const cursor = this.#cursors[column] as Cursor
      cursor.at = offsets[at] as number
      try {
        decodeValues(cursor, rows, all, scratch)
      } catch (cause) {
        this.#reader.decode(id, () => {
          throw cause
        })
      }
      const from = start + column * stride
      for (let row = 0; row < rows; row++) {
        const value = scratch[row] as number
        // Bit for bit, whatever NaN it is.
        if (Number.isNaN(value)) into.set(scratch.subarray(row, row + 1), from + row)
        else into[from + row] = value
      }
    }
  }
}
