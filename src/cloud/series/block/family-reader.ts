/** One family of an open block. Everything is read when it is asked for, and checked then. */
import type { Labels } from '../../../model/labels.ts'
import type { UnixMs } from '../../../model/time.ts'
import type { BlockCache, Sized } from './block-cache.ts'
import type { BlockFile } from './block-file.ts'
import type { FamilyHead } from './block-head.ts'
import { acceptedOf, type BlockMatcher } from './block-matcher.ts'
import { Cursor } from './cursor.ts'
import { decodeLabel, KEYS, type LabelColumn } from './directory.ts'
import { GroupValues } from './group-values.ts'
import type { Merge } from './record-rows.ts'
import { KIND, type SectionId } from './section.ts'
import type { SectionTable } from './section-table.ts'
import { decodeTexts } from './texts.ts'
import { decodeTimes, type RecordTimes } from './times.ts'

export interface OpenBlock {
  readonly file: BlockFile
  readonly sections: SectionTable
  readonly sliceMs: number
  readonly cache: BlockCache
  /** Of this file in the cache. */
  readonly cacheFile: number
}

/** A slice of time; the section of each group's times, then of its columns; -1 where none is. */
interface Slice {
  readonly startMs: UnixMs
  readonly sections: Int32Array
}

type LabelColumns = readonly (readonly [name: string, column: LabelColumn])[]

/** Holds on to what it has read. */
export class Directory {
  readonly #reader: FamilyReader
  readonly #keys: (readonly string[] | undefined)[] = []
  #columns: LabelColumns | undefined

  constructor(reader: FamilyReader) {
    this.#reader = reader
  }

  key(record: number): string {
    const section = Math.floor(record / KEYS)
    this.#keys[section] ??= this.#reader.keys(section)
    return this.#keys[section]?.[record % KEYS] as string
  }

  /** Reads what labels need. @throws {BlockFailure} */
  loadLabels(): LabelColumns {
    this.#columns ??= this.#reader.head.labelNames.flatMap((name) => {
      const column = this.#reader.label(name)
      return column ? [[name, column] as const] : []
    })
    return this.#columns
  }

  labels(record: number): Labels {
    const found: [string, string][] = []
    for (const [name, { values, indexes }] of this.loadLabels()) {
      const index = indexes[record] as number
      if (index > 0) found.push([name, values[index - 1] as string])
    }
    return Object.fromEntries(found)
  }

  merges(record: number): readonly Merge[] {
    const { mergeLists, mergeIndexes } = this.#reader.head
    return mergeLists[mergeIndexes[record] as number] ?? []
  }
}

/** What a text or an object takes in memory beside its content, about. */
const OBJECT_BYTES = 32

export class FamilyReader {
  readonly head: FamilyHead
  readonly groups: number
  readonly #block: OpenBlock
  readonly #slices = new Map<number, Slice>()
  /** Sections of labels, in the order of their names. */
  readonly #labels: number[] = []
  readonly #keys: number[] = []

  constructor(head: FamilyHead, family: number, block: OpenBlock) {
    this.head = head
    this.groups = Math.ceil(head.records / head.groupRecords)
    this.#block = block
    for (let section = 0; section < block.sections.length; section++) {
      const id = block.sections.id(section)
      if (id.family === family) this.#register(id, section)
    }
  }

  /** The slices that may have rows in the range, in order. */
  slices(startMs: UnixMs, endMs: UnixMs): number[] {
    const { sliceMs } = this.#block
    const [first, last] = [Math.floor(startMs / sliceMs), Math.floor(endMs / sliceMs)]
    return [...this.#slices.keys()]
      .filter((slice) => slice >= first && slice <= last)
      .sort((a, b) => a - b)
  }

  /** Records that satisfy all matchers, in the order of their keys. */
  find(matchers: readonly BlockMatcher[]): Uint32Array {
    let found = new Uint32Array(this.head.records)
    for (let record = 0; record < found.length; record++) found[record] = record
    // What one value satisfies leaves the least for the others to do.
    const ordered = [...matchers].sort(
      (a, b) => Number(b.only !== undefined) - Number(a.only !== undefined),
    )
    for (const matcher of ordered) {
      const label = this.label(matcher.name)
      if (!label) {
        if (!matcher.matches('')) return new Uint32Array(0)
        continue
      }
      const accepted = acceptedOf(label, matcher)
      found = found.filter((record) => accepted[label.indexes[record] as number] === 1)
    }
    return found
  }

  /** Undefined when no record has it. */
  label(name: string): LabelColumn | undefined {
    const column = this.head.labelNames.indexOf(name)
    if (column < 0) return undefined
    return this.#get(this.#labels[column], `label ${name}`, (bytes) => {
      const value = decodeLabel(bytes, this.head.records)
      return { value, bytes: sizeOf(value.values) + value.indexes.byteLength }
    })
  }

  /** Who the records are; what was read for one is at hand for the others. */
  directory(): Directory {
    return new Directory(this)
  }

  groupOf(record: number): number {
    return Math.floor(record / this.head.groupRecords)
  }

  placeOf(record: number): { readonly group: number; readonly at: number } {
    const { groupRecords } = this.head
    const group = Math.floor(record / groupRecords)
    return { group, at: record - group * groupRecords }
  }

  /** Sections of keys: each has those of the next `KEYS` records. */
  get keySections(): number {
    return Math.ceil(this.head.records / KEYS)
  }

  keys(section: number): readonly string[] {
    const count = Math.min(KEYS, this.head.records - section * KEYS)
    return this.#get(this.#keys[section], 'keys', (bytes) => {
      const value = decodeTexts(new Cursor(bytes))
      if (value.length !== count) throw new RangeError(`${value.length} keys, not ${count}`)
      return { value, bytes: sizeOf(value) }
    })
  }

  /** The sections of keys as they are, without their frame. @throws {BlockFailure} */
  keyTexts(): Buffer[] {
    return Array.from({ length: this.keySections }, (_, at) => {
      const { file, sections } = this.#block
      return file.content(sections.place(this.#there(this.#keys[at], 'keys')))
    })
  }

  /** Of each record of a group; undefined when none of them has rows in that slice. */
  times(slice: number, group: number): readonly (RecordTimes | undefined)[] | undefined {
    const { startMs = 0 } = this.#slices.get(slice) ?? {}
    const section = this.#section(slice, group, -1)
    if (section < 0) return undefined
    return this.#get(section, '', (bytes) => {
      const value = decodeTimes(new Cursor(bytes), this.#recordsOf(group), startMs)
      return { value, bytes: sizeOfTimes(value) }
    })
  }

  /** A column of a group that has times in that slice. */
  values(slice: number, group: number, column: number): GroupValues {
    const section = this.#section(slice, group, column)
    const times = this.times(slice, group) ?? []
    return this.#get(section, `values of column ${column}`, (bytes, id) => {
      const value = new GroupValues(id, bytes, times)
      return { value, bytes: value.mostBytes }
    })
  }

  /** Runs what decodes content of a section. @throws {BlockFailure} `damaged`. */
  decode<Value>(id: SectionId, decoder: () => Value): Value {
    return this.#block.file.decode(id, decoder)
  }

  /** Reads what these need in few pieces, up to about `maxBytes`; `groups`: from, to. */
  readAhead(
    slices: readonly number[],
    groups: [from: number, to: number],
    columns: readonly number[],
    maxBytes?: number,
  ): void {
    const { file, sections, cache, cacheFile } = this.#block
    const wanted: number[] = []
    for (const slice of slices) {
      for (let group = groups[0]; group < groups[1]; group++) {
        for (const column of [-1, ...columns]) wanted.push(this.#section(slice, group, column))
      }
    }
    const missing = wanted.filter((section) => section >= 0 && !cache.has(cacheFile, section))
    const places = missing.map((section) => sections.place(section))
    file.readAhead(places, maxBytes)
  }

  forgetAhead(): void {
    this.#block.file.forgetAhead()
  }

  #register(id: SectionId, section: number): void {
    if (id.kind === KIND.keys) this.#keys[id.group] = section
    if (id.kind === KIND.label) this.#labels[id.column] = section
    if (id.kind !== KIND.times && id.kind !== KIND.values) return
    const { sliceMs } = this.#block
    const size = this.groups * (this.head.width + 1)
    const slice = this.#slices.get(id.slice) ?? {
      startMs: id.slice * sliceMs,
      sections: new Int32Array(size).fill(-1),
    }
    this.#slices.set(id.slice, slice)
    const column = id.kind === KIND.times ? -1 : id.column
    slice.sections[(column + 1) * this.groups + id.group] = section
  }

  #section(slice: number, group: number, column: number): number {
    return this.#slices.get(slice)?.sections[(column + 1) * this.groups + group] ?? -1
  }

  #there(section: number | undefined, name: string): number {
    if (section !== undefined && section >= 0) return section
    const what = `${name} of family ${this.head.name}`
    throw this.#block.file.failure('damaged', what, 'it is not in the table')
  }

  #recordsOf(group: number): number {
    const { records, groupRecords } = this.head
    return Math.min(groupRecords, records - group * groupRecords)
  }

  #get<Value>(
    section: number | undefined,
    name: string,
    make: (bytes: Buffer, id: SectionId) => Sized<Value>,
  ): Value {
    const { file, sections, cache, cacheFile } = this.#block
    const known = this.#there(section, name)
    return cache.get(cacheFile, known, () => {
      const place = sections.place(known)
      const content = file.content(place)
      return file.decode(place.id, () => make(content, place.id))
    })
  }
}

function sizeOf(texts: readonly string[]): number {
  return texts.reduce((sum, { length }) => sum + length + OBJECT_BYTES, 0)
}

function sizeOfTimes(records: readonly (RecordTimes | undefined)[]): number {
  const times = new Set(records.flatMap((each) => (each ? [each.times] : [])))
  const rows = [...times].reduce((sum, { length }) => sum + length, 0)
  return rows * 8 + times.size * 4 * OBJECT_BYTES + records.length * OBJECT_BYTES
}
