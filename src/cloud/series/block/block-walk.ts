/** The records of one block that satisfy a query, read in the order of keys: group after group. */
import type { UnixMs } from '../../../model/time.ts'
import type { BlockMatcher } from './block-matcher.ts'
import type { Directory, FamilyReader } from './family-reader.ts'
import { type FlatPart, flatParts } from './flat-part.ts'

export interface BlockQuery {
  /** Of the records' own labels; without `__name__`. */
  readonly matchers: readonly BlockMatcher[]
  /** Rows with `startMs ≤ time ≤ endMs`. */
  readonly startMs: UnixMs
  readonly endMs: UnixMs
  readonly columns: readonly number[]
}

/** Groups read ahead together. */
const BAND_GROUPS = 16

export class BlockWalk {
  readonly reader: FamilyReader
  readonly directory: Directory
  /** Their places in the family. */
  readonly records: Uint32Array
  readonly query: BlockQuery
  /** Not more is read ahead; none: 16 MiB. */
  aheadBytes: number | undefined
  readonly #slices: readonly number[]
  #group = -1
  #parts: readonly FlatPart[] = []
  #isGivenUp = false
  /** Behind the groups that were read ahead. */
  #readTo = 0

  /** @throws {BlockFailure} a label is damaged. */
  constructor(reader: FamilyReader, query: BlockQuery) {
    this.reader = reader
    this.query = query
    this.directory = reader.directory()
    this.records = reader.find(query.matchers)
    this.#slices = reader.slices(query.startMs, query.endMs)
  }

  /** Adds the parts in which a record has rows, led to them. @throws {BlockFailure} */
  lead(record: number, found: FlatPart[]): void {
    if (this.#isGivenUp) return
    const { startMs, endMs } = this.query
    const group = this.reader.groupOf(record)
    if (group !== this.#group) this.#enter(group)
    const at = record - group * this.reader.head.groupRecords
    for (let slice = 0; slice < this.#parts.length; slice++) {
      const part = this.#parts[slice] as FlatPart
      if (part.lead(at, startMs, endMs)) found.push(part)
    }
  }

  /** What is left of it cannot be read: nothing of it is there any more. */
  giveUp(): void {
    this.#isGivenUp = true
  }

  /** Forgets what was read ahead. */
  end(): void {
    this.reader.forgetAhead()
  }

  #enter(group: number): void {
    const { columns } = this.query
    if (group >= this.#readTo || group < this.#group) {
      this.#readTo = Math.min(group + BAND_GROUPS, this.reader.groups)
      const groups: [number, number] = [group, this.#readTo]
      this.reader.readAhead(this.#slices, groups, columns, this.aheadBytes)
    }
    this.#group = -1
    this.#parts = flatParts(this.reader, group, this.#slices, columns)
    this.#group = group
  }
}
