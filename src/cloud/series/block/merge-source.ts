/** Records of one family in several blocks, and reading them one after the other. */
import type { Labels } from '../../../model/labels.ts'
import type { UnixMs } from '../../../model/time.ts'
import type { Block } from './block.ts'
import type { Directory, FamilyReader } from './family-reader.ts'
import { FlatPart } from './flat-part.ts'
import { GroupRows } from './group-rows.ts'
import type { Pace } from './pace.ts'
import type { Merge, RecordRows } from './record-rows.ts'

/** Which records of the blocks are the same, in the order of the blocks; of each entry what is below. */
interface Entries {
  readonly sources: readonly MergeSource[]
  /** Its block, and which of its records it is. */
  readonly blocks: Uint16Array
  readonly records: Uint32Array
  /** The same for the same key. */
  readonly keys: Uint32Array
}

/** A record of some blocks, the oldest first. */
export class FoundRecord {
  readonly name: string
  readonly #entries: Entries
  readonly #from: number
  readonly #to: number

  constructor(name: string, entries: Entries, from: number, to: number) {
    this.name = name
    this.#entries = entries
    this.#from = from
    this.#to = to
  }

  /** Of records of blocks: more than there are blocks where several have one name. */
  get length(): number {
    return this.#to - this.#from
  }

  source(at: number): MergeSource {
    const { sources, blocks } = this.#entries
    return sources[blocks[this.#from + at] as number] as MergeSource
  }

  record(at: number): number {
    return this.#entries.records[this.#from + at] as number
  }

  /** The same number for the same key. */
  key(at: number): number {
    return this.#entries.keys[this.#from + at] as number
  }

  /** As the newest block knows them. */
  get labels(): Labels {
    return this.source(this.length - 1).directory.labels(this.record(this.length - 1))
  }

  get merges(): readonly Merge[] {
    return this.source(this.length - 1).directory.merges(this.record(this.length - 1))
  }
}

/** A record of one of the blocks. */
export interface KeyedRecord {
  readonly key: string
  readonly labels: Labels
}

/** Groups read ahead together. */
const BAND_GROUPS = 16

/**
 * The records of a family in all blocks, those with the same name together in the order of the blocks.
 * `width`: columns of the widest block. `nameOf`: by default its key.
 */
export async function joinRecords(
  blocks: readonly Block[],
  family: string,
  pace: Pace,
  nameOf?: (record: KeyedRecord) => string,
): Promise<{ readonly width: number; readonly records: readonly FoundRecord[] }> {
  const readers = blocks.flatMap((block) => block.family(family) ?? [])
  const width = Math.max(0, ...readers.map(({ head }) => head.width))
  const keys = new Numbers()
  const names = nameOf ? new Numbers() : keys
  const sides: Side[] = []
  let before: readonly Buffer[] = []
  for (const reader of readers) {
    // Neighbours mostly have the same records: what is the same is not read again.
    const texts = nameOf ? [] : reader.keyTexts()
    const { records } = reader.head
    const last = sides.at(-1)
    if (last?.keys.length === records && isSame(texts, before)) {
      sides.push(last)
      continue
    }
    before = texts
    const side = { keys: new Uint32Array(records), names: new Uint32Array(records) }
    // Apart from the source's own, which holds on to it.
    const directory = reader.directory()
    for (let record = 0; record < records; record++) {
      const key = directory.key(record)
      side.keys[record] = keys.of(key)
      side.names[record] = nameOf
        ? names.of(nameOf(keyedRecord(directory, record, key)))
        : (side.keys[record] as number)
      const rest = pace.restIfDue(100)
      if (rest) await rest
    }
    sides.push(side)
  }
  const sources = readers.map((reader) => new MergeSource(reader, width))
  return { width, records: await foundOf(sources, sides, names, pace) }
}

/** Not when there are none. */
function isSame(texts: readonly Buffer[], before: readonly Buffer[]): boolean {
  if (texts.length === 0 || texts.length !== before.length) return false
  return texts.every((each, at) => each.equals(before[at] as Buffer))
}

function keyedRecord(directory: Directory, record: number, key: string): KeyedRecord {
  return {
    key,
    get labels() {
      return directory.labels(record)
    },
  }
}

/** Of the records of one block. */
interface Side {
  readonly keys: Uint32Array
  readonly names: Uint32Array
}

async function foundOf(
  sources: readonly MergeSource[],
  sides: readonly Side[],
  names: Numbers,
  pace: Pace,
): Promise<FoundRecord[]> {
  const texts = [...names.texts()]
  const ends = new Uint32Array(texts.length + 1)
  for (const side of sides) {
    for (const name of side.names) ends[name + 1] = (ends[name + 1] as number) + 1
    await pace.rest(side.names.length)
  }
  for (let name = 0; name < texts.length; name++) {
    ends[name + 1] = (ends[name + 1] as number) + (ends[name] as number)
  }
  const count = ends[texts.length] as number
  const entries = {
    ...{ sources, blocks: new Uint16Array(count) },
    ...{ records: new Uint32Array(count), keys: new Uint32Array(count) },
  }
  const starts = ends.slice(0, texts.length)
  const next = starts.slice()
  for (const [block, side] of sides.entries()) {
    for (const [record, name] of side.names.entries()) {
      const entry = next[name] as number
      next[name] = entry + 1
      entries.blocks[entry] = block
      entries.records[entry] = record
      entries.keys[entry] = side.keys[record] as number
    }
    await pace.rest(side.names.length)
  }
  return texts.map((text, name) => {
    return new FoundRecord(text, entries, starts[name] as number, ends[name + 1] as number)
  })
}

/** Texts, and the numbers they get in the order in which they come. */
class Numbers {
  readonly #numbers = new Map<string, number>()

  of(text: string): number {
    const known = this.#numbers.get(text)
    if (known !== undefined) return known
    this.#numbers.set(text, this.#numbers.size)
    return this.#numbers.size - 1
  }

  texts(): Iterable<string> {
    return this.#numbers.keys()
  }
}

/** One block's family, read slice after slice in the order of keys. */
export class MergeSource {
  readonly directory: Directory
  readonly #reader: FamilyReader
  readonly #width: number
  readonly #columns: readonly number[]
  /** Of the group and the range asked for last, when these are of one slice. */
  #part: FlatPart | undefined
  /** Rows of the group and the range asked for last, if they were wanted otherwise. */
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
    const group = this.#reader.groupOf(record)
    const isSameRange = startMs === this.#startMs && endMs === this.#endMs
    if (isSameRange && group === this.#group) return false
    if (!isSameRange) this.#slices = this.#reader.slices(startMs, endMs)
    if (!isSameRange || group >= this.#readTo || group < this.#group) {
      this.#readTo = Math.min(this.#reader.groups, group + BAND_GROUPS)
      this.#reader.readAhead(this.#slices, [group, this.#readTo], this.#columns)
    }
    this.#part = this.#width === this.#columns.length ? this.#flatPart(group) : undefined
    this.#rows = this.#part ? undefined : this.#groupRows(group)
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

  #groupRows(group: number): GroupRows {
    return new GroupRows(this.#reader, group, this.#slices, this.#columns)
  }

  /** All columns; those that the block does not have are 0. */
  read(record: number, startMs: UnixMs, endMs: UnixMs): RecordRows | undefined {
    this.load(record, startMs, endMs)
    this.#rows ??= this.#groupRows(this.#group)
    const rows = this.#rows.read(this.#reader.placeOf(record).at, startMs, endMs)
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
  found: FoundRecord,
  range: { readonly startMs: UnixMs; readonly endMs: UnixMs },
  pace: Pace,
): Promise<void> | undefined {
  const { startMs, endMs } = range
  for (let at = 0; at < found.length; at++) {
    if (!found.source(at).isLoaded(found.record(at), startMs, endMs)) {
      return loadEach(found, range, pace)
    }
  }
  return undefined
}

async function loadEach(
  found: FoundRecord,
  range: { readonly startMs: UnixMs; readonly endMs: UnixMs },
  pace: Pace,
): Promise<void> {
  for (let at = 0; at < found.length; at++) {
    const isNew = found.source(at).load(found.record(at), range.startMs, range.endMs)
    if (isNew) await pace.rest(LOADED_VALUES)
  }
}
