/** A column of a group in one slice: the values of record after record. */
import { Cursor } from './cursor.ts'
import { skipValues } from './decode-values.ts'
import type { SectionId } from './section.ts'
import type { RecordTimes } from './times.ts'

/** Of the objects in it. */
const OBJECT_BYTES = 160

export class GroupValues {
  readonly id: SectionId
  readonly bytes: Uint8Array
  readonly #times: readonly (RecordTimes | undefined)[]
  #offsets: Uint32Array | undefined

  /** `times`: of each record. */
  constructor(id: SectionId, bytes: Uint8Array, times: readonly (RecordTimes | undefined)[]) {
    this.id = id
    this.bytes = bytes
    this.#times = times
  }

  /** About what it takes in memory, with all that may be asked for. */
  get mostBytes(): number {
    return this.bytes.length + 4 * this.#times.length + OBJECT_BYTES
  }

  /** Where the values of each record begin: who reads one after the other need not ask. @throws {RangeError} */
  get offsets(): Uint32Array {
    this.#offsets ??= this.#find()
    return this.#offsets
  }

  #find(): Uint32Array {
    const offsets = new Uint32Array(this.#times.length)
    const cursor = new Cursor(this.bytes)
    for (let at = 0; at < offsets.length; at++) {
      offsets[at] = cursor.at
      const times = this.#times[at]?.times
      if (times) skipValues(cursor, times.length)
    }
    return offsets
  }
}
