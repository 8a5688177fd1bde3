/** Who the records of a family are: their keys, their labels, how their columns meet. */
import { ByteWriter } from '../../../wire/bytes.ts'
import type { FamilyHead } from './block-head.ts'
import { encodeFamilyHead } from './block-head.ts'
import { Cursor } from './cursor.ts'
import { type Pace, sortPaced } from './pace.ts'
import type { RecordInput } from './record-input.ts'
import type { Merge } from './record-rows.ts'
import { KIND, sectionId } from './section.ts'
import type { SectionFile } from './section-file.ts'
import { decodeTexts, encodeTexts } from './texts.ts'

/** Keys of so many records are a section: reading one takes some milliseconds. */
export const KEYS = 16_384

/** One label of all records of a family. */
export interface LabelColumn {
  /** In the order of `<`. */
  readonly values: readonly string[]
  /** Of each record: 0 when it has none, else 1 + the index of its value. */
  readonly indexes: Uint32Array
}

/** `records`: in the order of their keys. */
export async function writeDirectory(
  file: SectionFile,
  family: number,
  shape: Pick<FamilyHead, 'name' | 'width' | 'groupRecords'>,
  { records, pace }: { records: readonly RecordInput[]; pace: Pace },
): Promise<void> {
  const columns = await columnsOf(records, pace)
  const labelNames = [...columns.keys()].sort()
  const head = { ...shape, records: records.length, labelNames, ...mergesOf(records) }
  await file.put(sectionId(KIND.family, { family }), encodeFamilyHead(head))
  for (let group = 0; group * KEYS < records.length; group++) {
    const keys = records.slice(group * KEYS, (group + 1) * KEYS).map(({ key }) => key)
    const writer = new ByteWriter(keys.length * 32)
    await encodeTexts(writer, keys, pace)
    await file.put(sectionId(KIND.keys, { family, group }), writer.finish())
  }
  for (const [column, name] of labelNames.entries()) {
    const content = await encodeLabel(columns.get(name) as UnsortedColumn, pace)
    await file.put(sectionId(KIND.label, { family, column }), content)
  }
}

/** @throws {RangeError} not what `encodeLabel` wrote for `records` texts. */
export function decodeLabel(content: Uint8Array, records: number): LabelColumn {
  const cursor = new Cursor(content)
  const values = decodeTexts(cursor)
  const indexes = new Uint32Array(records)
  for (let record = 0; record < records; record++) {
    const index = cursor.varint()
    if (index > values.length) throw new RangeError(`value ${index} of ${values.length}`)
    indexes[record] = index
  }
  return { values, indexes }
}

/** As `LabelColumn`, its values in the order in which they came. */
interface UnsortedColumn {
  /** From 1 on. */
  readonly numbers: Map<string, number>
  readonly indexes: Uint32Array
}

/** Of each label. A record is asked for its labels once: they may be made then. */
async function columnsOf(
  records: readonly RecordInput[],
  pace: Pace,
): Promise<ReadonlyMap<string, UnsortedColumn>> {
  const columns = new Map<string, UnsortedColumn>()
  for (let record = 0; record < records.length; record++) {
    const { labels } = records[record] as RecordInput
    for (const name in labels) {
      const column = columns.get(name) ?? noColumn(records.length)
      columns.set(name, column)
      put(column, record, labels[name] ?? '')
    }
    const rest = pace.restIfDue(40)
    if (rest) await rest
  }
  return columns
}

function noColumn(records: number): UnsortedColumn {
  return { numbers: new Map(), indexes: new Uint32Array(records) }
}

function put({ numbers, indexes }: UnsortedColumn, record: number, value: string): void {
  if (value === '') return
  const known = numbers.get(value)
  if (known === undefined) numbers.set(value, numbers.size + 1)
  indexes[record] = known ?? numbers.size
}

/** The values, sorted, then of each record which it has. */
async function encodeLabel({ numbers, indexes }: UnsortedColumn, pace: Pace): Promise<Buffer> {
  const values = await sortPaced([...numbers.keys()], (value) => value, pace)
  const sorted = new Uint32Array(values.length + 1)
  for (const [at, value] of values.entries()) sorted[numbers.get(value) as number] = at + 1
  const writer = new ByteWriter(indexes.length * 2)
  await encodeTexts(writer, values, pace)
  for (const number of indexes) writer.varint(sorted[number] as number)
  await pace.rest(10 * indexes.length)
  return writer.finish()
}

function mergesOf(
  records: readonly RecordInput[],
): Pick<FamilyHead, 'mergeLists' | 'mergeIndexes'> {
  const mergeLists: (readonly Merge[])[] = []
  const indexes = new Map<readonly Merge[], number>()
  const indexOf = (list: readonly Merge[]) => {
    const same = mergeLists.findIndex((each) => each.join() === list.join())
    if (same >= 0) return same
    return mergeLists.push(list) - 1
  }
  // Most records share the list itself.
  const mergeIndexes = Float64Array.from(records, ({ merges }) => {
    const index = indexes.get(merges) ?? indexOf(merges)
    indexes.set(merges, index)
    return index
  })
  return { mergeLists, mergeIndexes }
}
