/** Which record of memory a record of a block is: looked up once for each block. */
import type { FamilyReader } from '../block/family-reader.ts'
import type { SelectedRecord } from '../block/select.ts'
import type { RecordName } from '../block/select-together.ts'
import type { Family } from '../memory/family.ts'
import type { SeriesRecord } from '../memory/series-record.ts'

/** Of the records of a family of a block, by their place in it. */
const KNOWN = new WeakMap<FamilyReader, (SeriesRecord | undefined)[]>()

/** The number of the record of memory; of one that memory does not have, its key. */
export function nameIn(family: Family, reader: FamilyReader, record: SelectedRecord): RecordName {
  const known = knownOf(reader)
  const same = known[record.index]
  if (same && !same.isGone) return same.number
  const { key } = record
  const found = family.record(key)
  known[record.index] = found
  return found?.number ?? key
}

function knownOf(reader: FamilyReader): (SeriesRecord | undefined)[] {
  const known = KNOWN.get(reader)
  if (known) return known
  const made = new Array<SeriesRecord | undefined>(reader.head.records)
  KNOWN.set(reader, made)
  return made
}
