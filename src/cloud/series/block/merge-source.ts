/** Records of one family in several blocks, and reading them one after the other. */
import type { Labels } from '../../../model/labels.ts'
import type { UnixMs } from '../../../model/time.ts'
import type { Block } from './block.ts'
import type { Directory, FamilyReader } from './family-reader.ts'
import { FlatPart } from './flat-part.ts'
import { GroupRows } from './group-rows.ts'
import type { Pace } from './pace.ts'
import type { Merge, RecordRows } from './record-rows.ts'

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

  get merges(): readonly Merge[] {
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
    // Apart from the source's own, which is held on to.
    const keys = reader.directory()
    for (let record = 0; record < reader.head.records; record++) {
      const found = new SourceRecord(source, record, keys.key(record))
      const name = nameOf(found)
      const known = records.get(name) ?? []
      if (known.length === 0) records.set(name, known)
      // The same text in all blocks is kept once.
      const same = known.find((each) => each.key === found.key)
      known.push(same ? new SourceRecord(source, record, same.key) : found)
      const rest = pace.restIfDue(100)
      if (rest) await rest
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
  /** Of the group and the range asked for last, when these are of one slice. */
  #part: FlatPart | undefined
  /** Rows of the group and the range asked for last. */
  #rows: GroupRows | undefined
  #group = -1
  #startMs = Number.NaN
  #endMs = Number.NaN
  #slices: readonly number[] = []
  /** Behind the groups that were read ahead. */
  #readTo = 0

  constructor(reader: FamilyReader, width: number) {
    this.directory = reader.directory()
    this.#reader = reader
    this.#width = width
    this.#columns = Array.from({ length: reader.head.width }, (_, column) => column)
  }

  /** Whether a record can be read at once. */
  isLoaded(record: number, startMs: UnixMs, endMs: UnixMs): boolean {
    const isSameRange = startMs === this.#startMs && endMs === this.#endMs
    return isSameRange && this.#reader.groupOf(record) === this.#group
  }

  /** Makes a record ready to be read; whether that took time: once for each group. */
  load(record: number, startMs: UnixMs, endMs: UnixMs): boolean {
    const { group } = this.#reader.placeOf(record)
    const isSameRange = startMs === this.#startMs && endMs === this.#endMs
    if (isSameRange && group === this.#group) return false
    if (!isSameRange) this.#slices = this.#reader.slices(startMs, endMs)
    if (!isSameRange || group >= this.#readTo || group < this.#group) {
      this.#readTo = Math.min(this.#reader.groups, group + BAND_GROUPS)
      this.#reader.readAhead(this.#slices, [group, this.#readTo], this.#columns)
    }
    const rows = new GroupRows(this.#reader, group, this.#slices, this.#columns)
    this.#part = this.#width === this.#columns.length ? this.#flatPart(group) : undefined
    this.#rows = rows
    this.#group = group
    this.#startMs = startMs
    this.#endMs = endMs
    return this.#slices.length > 0
  }

  /** Undefined when its rows of this range cannot be read as they are. */
  flat(record: number, startMs: UnixMs, endMs: UnixMs): FlatPart | undefined {
    this.load(record, startMs, endMs)
    return this.#part
  }

  placeOf(record: number): number {
    return this.#reader.placeOf(record).at
  }

  #flatPart(group: number): FlatPart | undefined {
    const [slice] = this.#slices
    if (this.#slices.length > 1) return undefined
    const times = slice !== undefined && this.#reader.times(slice, group)
    if (!times) return new FlatPart(this.#reader, [], [])
    return new FlatPart(
      this.#reader,
      times,
      this.#columns.map((column) => this.#reader.values(slice, group, column)),
    )
  }

  /** All columns; those that the block does not have are 0. */
  read(record: number, startMs: UnixMs, endMs: UnixMs): RecordRows | undefined {
    this.load(record, startMs, endMs)
    const rows = this.#rows?.read(this.#reader.placeOf(record).at, startMs, endMs)
    if (!rows || rows.columns.length === this.#width) return rows
    const missing = this.#width - rows.columns.length
    const zeros = Array.from({ length: missing }, () => new Float64Array(rows.times.length))
    return { ...rows, columns: [...rows.columns, ...zeros] }
  }
}

/** What loading a group is worth, in values. */
const LOADED_VALUES = 20_000

/** Makes a record of several blocks ready to be read, one block after the other; undefined when it is. */
export function loadAll(
  found: readonly SourceRecord[],
  range: { readonly startMs: UnixMs; readonly endMs: UnixMs },
  pace: Pace,
): Promise<void> | undefined {
  const { startMs, endMs } = range
  for (const { source, record } of found) {
    if (!source.isLoaded(record, startMs, endMs)) return loadEach(found, range, pace)
  }
  return undefined
}

async function loadEach(
  found: readonly SourceRecord[],
  range: { readonly startMs: UnixMs; readonly endMs: UnixMs },
  pace: Pace,
): Promise<void> {
  for (const { source, record } of found) {
    if (source.load(record, range.startMs, range.endMs)) await pace.rest(LOADED_VALUES)
  }
}
