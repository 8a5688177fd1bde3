/** One slice of one group, whose records are read one after the other into a piece of memory. */
import type { UnixMs } from '../../../model/time.ts'
import { firstFrom } from './bisect.ts'
import { Cursor } from './cursor.ts'
import { decodeValues } from './decode-values.ts'
import type { FamilyReader } from './family-reader.ts'
import type { GroupValues } from './group-values.ts'
import type { RecordTimes } from './times.ts'

const NONE = new Float64Array(0)

/** Is led to the rows of a record, then read. */
export class FlatPart {
  /** Of the record it was led to, all of the slice. */
  ownTimes: Float64Array = NONE
  ops: Uint8Array | undefined
  /** Those that count: from, to. */
  from = 0
  to = 0
  /** Where those of the column at hand go. */
  into = 0
  readonly #reader: FamilyReader
  readonly #times: readonly (RecordTimes | undefined)[]
  readonly #values: readonly GroupValues[]
  readonly #cursors: readonly Cursor[]
  #at = -1
  /** The one that was read last. */
  #read = -1

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

  /** To its rows in a range, always the same one; false when there are none. */
  lead(at: number, startMs: UnixMs, endMs: UnixMs): boolean {
    const found = this.#times[at]
    if (!found) return false
    const { times, ops } = found
    this.#at = at
    this.ops = ops
    // Records of one rhythm share their times.
    if (times !== this.ownTimes) {
      this.ownTimes = times
      this.from = firstFrom(times, startMs)
      this.to = firstFrom(times, endMs + 1)
    }
    return this.from < this.to
  }

  /**
   * All columns of the rows it was led to, `stride` apart, the first at `start`.
   * @throws {BlockFailure}
   */
  copyRows(into: Float64Array, start: number, stride: number): void {
    const isNext = this.#isNext
    for (let column = 0; column < this.#values.length; column++) {
      this.into = start + column * stride
      this.#decode(column, isNext, into)
    }
    this.#read = this.#at
  }

  /** As `copyRows`, all rows of a record. @throws {BlockFailure} */
  copy(at: number, into: Float64Array, start: number, stride: number): void {
    if (this.lead(at, -Infinity, Infinity)) this.copyRows(into, start, stride)
  }

  /** Whether its values follow those that were read last: the cursors are there already. */
  get #isNext(): boolean {
    let before = this.#at - 1
    while (before > this.#read && !this.#times[before]) before--
    return before === this.#read
  }

  #decode(column: number, isNext: boolean, out: Float64Array): void {
    const values = this.#values[column] as GroupValues
    const cursor = this.#cursors[column] as Cursor
    try {
      if (!isNext) cursor.at = values.offsets[this.#at] as number
      decodeValues(cursor, this.ownTimes.length, this, out)
    } catch (cause) {
      this.#reader.decode(values.id, () => {
        throw cause
      })
    }
  }
}

/** The slices in which the group has rows. @throws {BlockFailure} one of the sections is not sound. */
export function flatParts(
  reader: FamilyReader,
  group: number,
  slices: readonly number[],
  columns: readonly number[],
): FlatPart[] {
  return slices.flatMap((slice) => {
    const times = reader.times(slice, group)
    if (!times) return []
    const values = columns.map((column) => reader.values(slice, group, column))
    return [new FlatPart(reader, times, values)]
  })
}
