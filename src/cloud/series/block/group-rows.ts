/** Rows of the records of one group: its sections are looked up once for all of them. */
import type { UnixMs } from '../../../model/time.ts'
import { Arena } from './arena.ts'
import type { FamilyReader } from './family-reader.ts'
import { FlatBuffer } from './flat-buffer.ts'
import { type FlatPart, flatParts } from './flat-part.ts'
import { FlatParts } from './flat-parts.ts'
import type { RecordRows } from './record-rows.ts'

export class GroupRows {
  readonly #parts: readonly FlatPart[]
  readonly #reading: FlatParts
  readonly #buffer = new FlatBuffer(new Arena())

  /** @throws {BlockFailure} one of the sections is not sound. */
  constructor(
    reader: FamilyReader,
    group: number,
    slices: readonly number[],
    columns: readonly number[],
  ) {
    this.#parts = flatParts(reader, group, slices, columns)
    this.#reading = new FlatParts(columns.length)
  }

  /** Of the record at this place of the group, in a range, always the same one; undefined when there are none. */
  read(at: number, startMs: UnixMs, endMs: UnixMs): RecordRows | undefined {
    const found = this.#parts.filter((part) => part.lead(at, startMs, endMs))
    return found.length > 0 ? this.#reading.rows(found, this.#buffer) : undefined
  }
}
