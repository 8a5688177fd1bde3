/** Who the records of a family are: their keys, their labels, how their columns meet. */
import { ByteWriter } from '../../../wire/bytes.ts'
import type { FamilyHead } from './block-head.ts'
import { encodeFamilyHead } from './block-head.ts'
import { Cursor } from './cursor.ts'
import type { Pace } from './pace.ts'
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
  const labelNames = await labelNamesOf(records, pace)
  const head = { ...shape, records: records.length, labelNames, ...mergesOf(records) }
  await file.put(sectionId(KIND.family, { family }), encodeFamilyHead(head))
  for (let group = 0; group * KEYS < records.length; group++) {
    const keys = records.slice(group * KEYS, (group + 1) * KEYS).map(({ key }) => key)
    const writer = new ByteWriter(keys.length * 32)
    await encodeTexts(writer, keys, pace)
    await file.put(sectionId(KIND.keys, { family, group }), writer.finish())
  }
  for (const [column, name] of labelNames.entries()) {
    const texts = records.map(({ labels }) => labels[name] ?? '')
    await file.put(sectionId(KIND.label, { family, column }), await encodeLabel(texts, pace))
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

/** The values, sorted, then of each record which it has. */
async function encodeLabel(texts: readonly string[], pace: Pace): Promise<Buffer> {
  const values = [...new Set(texts)].filter((value) => value !== '').sort()
  const indexes = new Map(values.map((value, at) => [value, at + 1]))
  const writer = new ByteWriter(texts.length * 2)
  await encodeTexts(writer, values, pace)
  for (const text of texts) writer.varint(indexes.get(text) ?? 0)
  await pace.rest(10 * texts.length)
  return writer.finish()
}

async function labelNamesOf(records: readonly RecordInput[], pace: Pace): Promise<string[]> {
  const names = new Set<string>()
  for (const { labels } of records) {
    for (const name in labels) names.add(name)
    const rest = pace.restIfDue(20)
    if (rest) await rest
  }
  return [...names].sort()
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
