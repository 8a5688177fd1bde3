/** Rows of many records of one block: group after group, each with all its slices. */
import type { Labels } from '../../../model/labels.ts'
import type { UnixMs } from '../../../model/time.ts'
import type { BlockMatcher } from './block-matcher.ts'
import type { Directory, FamilyReader } from './family-reader.ts'
import { GroupRows } from './group-rows.ts'
import type { Merge, RecordRows } from './record-rows.ts'

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

/** A record that has rows in the range that was asked for. Who it is, is read when it is asked for. */
export class SelectedRecord {
  /** The wanted columns, in the order wanted. Views of larger pieces of memory: not for keeping. */
  readonly rows: RecordRows
  /** Its place in the family. */
  readonly index: number
  readonly #directory: Directory

  constructor(directory: Directory, index: number, rows: RecordRows) {
    this.rows = rows
    this.index = index
    this.#directory = directory
  }

  get key(): string {
    return this.#directory.key(this.index)
  }

  get labels(): Labels {
    return this.#directory.labels(this.index)
  }

  /** Of all columns of the record. */
  get merges(): readonly Merge[] {
    return this.#directory.merges(this.index)
  }
}

/** In the order of keys. @throws {BlockFailure} at the first section needed that is not sound. */
export function* selectRecords(reader: FamilyReader, query: BlockQuery): Generator<SelectedRecord> {
  const { startMs, endMs, columns } = query
  const records = reader.find(query.matchers)
  const slices = reader.slices(startMs, endMs)
  const directory = reader.directory()
  let readTo = 0
  let known = -1
  let rows: GroupRows | undefined
  try {
    for (const record of records) {
      const { group, at } = reader.placeOf(record)
      if (group >= readTo) {
        readTo = group + BAND_GROUPS
        reader.readAhead(slices, [group, Math.min(readTo, reader.groups)], columns)
      }
      if (group !== known) rows = new GroupRows(reader, group, slices, columns)
      known = group
      const found = rows?.read(at, startMs, endMs)
      if (found) yield new SelectedRecord(directory, record, found)
    }
  } finally {
    reader.forgetAhead()
  }
}
