/** Records of one family in several blocks, and reading them one after the other. */
import type { Labels } from '../../../model/labels.ts'
import type { UnixMs } from '../../../model/time.ts'
import type { Block } from './block.ts'
import type { Directory, FamilyReader } from './family-reader.ts'
import { GroupRows } from './group-rows.ts'
import type { Pace } from './pace.ts'
import type { BlockMerge, RecordRows } from './record-rows.ts'

/** A record of one of the blocks. */
export class SourceRecord {
  readonly source: MergeSource
  readonly record: number
  readonly key: string

  constructor(source: MergeSource, record: number, key: string) {
    this.source = source
    this.record = record
    this.key = key
  }

  get labels(): Labels {
    return this.source.directory.labels(this.record)
  }

  get merges(): readonly BlockMerge[] {
    return this.source.directory.merges(this.record)
  }
}

/** Groups read ahead together. */
const BAND_GROUPS = 16

/**
 * The records of a family in all blocks, those with the same name together in the order of the blocks.
 * `width`: columns of the widest block.
 */
export async function joinRecords(
  blocks: readonly Block[],
  family: string,
  nameOf: (record: SourceRecord) => string,
  pace: Pace,
): Promise<{ readonly width: number; readonly records: ReadonlyMap<string, SourceRecord[]> }> {
  const readers = blocks.flatMap((block) => block.family(family) ?? [])
  const width = Math.max(0, ...readers.map(({ head }) => head.width))
  const records = new Map<string, SourceRecord[]>()
  for (const reader of readers) {
    const source = new MergeSource(reader, width)
    for (const [record, key] of reader.keys().entries()) {
      const name = nameOf(new SourceRecord(source, record, key))
      const known = records.get(name) ?? []
      if (known.length === 0) records.set(name, known)
      // The same text in all blocks is kept once.
      const text = known.find((each) => each.key === key)?.key ?? key
      known.push(new SourceRecord(source, record, text))
      await pace.rest(100)
    }
  }
  return { width, records }
}

/** One block's family, read slice after slice in the order of keys. */
export class MergeSource {
  readonly directory: Directory
  readonly #reader: FamilyReader
  readonly #width: number
  readonly #columns: readonly number[]
  /** The group read last, of these slices, and behind which none was read ahead. */
  #rows: GroupRows | undefined
  #group = -1
  #slices = ''
  #readTo = 0

  constructor(reader: FamilyReader, width: number) {
    this.directory = reader.directory()
    this.#reader = reader
    this.#width = width
    this.#columns = Array.from({ length: reader.head.width }, (_, column) => column)
  }

  /** All columns; those that the block does not have are 0. */
  read(record: number, startMs: UnixMs, endMs: UnixMs): RecordRows | undefined {
    const slices = this.#reader.slices(startMs, endMs)
    if (slices.length === 0) return undefined
    const { group, at } = this.#reader.placeOf(record)
    const rows = this.#rowsOf(slices, group).read(at, startMs, endMs)
    if (!rows || rows.columns.length === this.#width) return rows
    const missing = this.#width - rows.columns.length
    const zeros = Array.from({ length: missing }, () => new Float64Array(rows.times.length))
    return { ...rows, columns: [...rows.columns, ...zeros] }
  }

  #rowsOf(slices: readonly number[], group: number): GroupRows {
    const isSame = slices.join() === this.#slices
    if (this.#rows && isSame && group === this.#group) return this.#rows
    if (!isSame || group >= this.#readTo || group < this.#group) {
      this.#readTo = Math.min(this.#reader.groups, group + BAND_GROUPS)
      this.#reader.readAhead(slices, [group, this.#readTo], this.#columns)
    }
    this.#rows = new GroupRows(this.#reader, group, slices, this.#columns)
    this.#slices = slices.join()
    this.#group = group
    return this.#rows
  }
}
