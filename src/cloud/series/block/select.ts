/** Rows of many records of one block: group after group, each with all its slices. */
import type { Labels } from '../../../model/labels.ts'
import { Arena } from './arena.ts'
import { type BlockQuery, BlockWalk } from './block-walk.ts'
import type { Directory, FamilyReader } from './family-reader.ts'
import { FlatBuffer } from './flat-buffer.ts'
import type { FlatPart } from './flat-part.ts'
import { FlatParts } from './flat-parts.ts'
import type { Merge, RecordRows } from './record-rows.ts'

/** A record that has rows in the range that was asked for. Who it is, is read when it is asked for. */
export class SelectedRecord {
  /** The wanted columns, in the order wanted. Views of larger pieces of memory: not for keeping. */
  readonly rows: RecordRows
  readonly #directory: Directory
  /** Its place in the family. */
  readonly #record: number

  constructor(directory: Directory, record: number, rows: RecordRows) {
    this.rows = rows
    this.#directory = directory
    this.#record = record
  }

  get key(): string {
    return this.#directory.key(this.#record)
  }

  get labels(): Labels {
    return this.#directory.labels(this.#record)
  }

  /** Of all columns of the record. */
  get merges(): readonly Merge[] {
    return this.#directory.merges(this.#record)
  }
}

/** In the order of keys. @throws {BlockFailure} at the first section needed that is not sound. */
export function* selectRecords(reader: FamilyReader, query: BlockQuery): Generator<SelectedRecord> {
  const walk = new BlockWalk(reader, query)
  const reading = new FlatParts(query.columns.length)
  const buffer = new FlatBuffer(new Arena())
  const parts: FlatPart[] = []
  try {
    for (const record of walk.records) {
      parts.length = 0
      walk.lead(record, parts)
      if (parts.length === 0) continue
      yield new SelectedRecord(walk.directory, record, reading.rows(parts, buffer))
    }
  } finally {
    walk.end()
  }
}
