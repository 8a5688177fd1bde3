/** What a block says of itself: its head, the heads of its families, its table of sections. */
import { crc32 } from 'node:zlib'
import { z } from 'zod'
import { ByteWriter } from '../../../wire/bytes.ts'
import { Cursor } from './cursor.ts'
import { decodeValues } from './decode-values.ts'
import { encodeValues } from './encode-values.ts'
import { MERGES, type Merge } from './record-rows.ts'
import { readId, type SectionPlace, writeId } from './section.ts'
import { SectionTable } from './section-table.ts'

const textsSchema = z.array(z.string())

/** First bytes of the file: the magic, then the version (4 bytes). */
export const MAGIC = Buffer.from('tars-blk')
export const VERSION = 1
export const HEAD_BYTES = 12
/** Last bytes of the file: where the table of sections begins (8), the version (4), CRC-32 of both (4), the magic. */
export const FOOT_BYTES = 24

export interface BlockHead {
  /** Length of a slice of time, milliseconds. */
  readonly sliceMs: number
  /** Names of the files whose data this one has taken over. */
  readonly replaces: readonly string[]
  /** A text of the writer's own; durable with the data. */
  readonly note: string
  readonly families: number
}

export interface FamilyHead {
  readonly name: string
  /** Columns. */
  readonly width: number
  readonly records: number
  /** Records of a group. */
  readonly groupRecords: number
  readonly labelNames: readonly string[]
  /** Lists of `width` merges that occur. */
  readonly mergeLists: readonly (readonly Merge[])[]
  /** Of each record, which of these. */
  readonly mergeIndexes: ArrayLike<number>
}

/** Totals of a block. */
export interface BlockTotals {
  /** Of the oldest and the newest row; both 0 when there is none. */
  readonly minMs: number
  readonly maxMs: number
  readonly rows: number
  readonly samples: number
}

export function encodeHead({ sliceMs, replaces, note, families }: BlockHead): Buffer {
  const writer = new ByteWriter()
  writer.varint(sliceMs)
  writer.varint(families)
  encodeJson(writer, replaces)
  encodeJson(writer, [note])
  return writer.finish()
}

export function decodeHead(bytes: Uint8Array): BlockHead {
  const cursor = new Cursor(bytes)
  const sliceMs = cursor.varint()
  const families = cursor.varint()
  const replaces = decodeJson(cursor)
  const [note = ''] = decodeJson(cursor)
  if (sliceMs === 0) throw new RangeError('slices of 0 ms')
  return { sliceMs, replaces, note, families }
}

export function encodeFamilyHead(head: FamilyHead): Buffer {
  const writer = new ByteWriter()
  encodeJson(writer, [head.name])
  writer.varint(head.width)
  writer.varint(head.records)
  writer.varint(head.groupRecords)
  encodeJson(writer, head.labelNames)
  writer.varint(head.mergeLists.length)
  for (const list of head.mergeLists) for (const merge of list) writer.byte(MERGES.indexOf(merge))
  if (head.records > 0) encodeValues(writer, Float64Array.from(head.mergeIndexes))
  return writer.finish()
}

export function decodeFamilyHead(bytes: Uint8Array): FamilyHead {
  const cursor = new Cursor(bytes)
  const [name = ''] = decodeJson(cursor)
  const width = cursor.varint()
  const records = cursor.varint()
  const groupRecords = cursor.varint()
  const labelNames = decodeJson(cursor)
  const mergeLists = Array.from({ length: cursor.varint() }, () =>
    Array.from(cursor.take(width), (merge) => {
      const known = MERGES[merge]
      if (known === undefined) throw new RangeError(`merge ${merge}`)
      return known
    }),
  )
  const indexes = new Float64Array(records)
  if (records > 0) decodeValues(cursor, records, { from: 0, to: records, into: 0 }, indexes)
  const mergeIndexes = Uint16Array.from(indexes)
  if (groupRecords === 0) throw new RangeError('groups of 0 records')
  return { name, width, records, groupRecords, labelNames, mergeLists, mergeIndexes }
}

export function encodeTable(
  { minMs, maxMs, rows, samples }: BlockTotals,
  sections: readonly SectionPlace[],
): Buffer {
  const writer = new ByteWriter(sections.length * 8 + 64)
  for (const value of [minMs, maxMs, rows, samples]) writer.double(value)
  writer.varint(sections.length)
  for (const { id, length } of sections) {
    writeId(writer, id)
    writer.varint(length)
  }
  return writer.finish()
}

export function decodeTable(bytes: Uint8Array): { totals: BlockTotals; sections: SectionTable } {
  const cursor = new Cursor(bytes)
  const double = () => Buffer.from(cursor.take(8)).readDoubleLE(0)
  const totals = { minMs: double(), maxMs: double(), rows: double(), samples: double() }
  const count = cursor.varint()
  if (count > bytes.length) throw new RangeError(`${count} sections`)
  let offset = HEAD_BYTES
  const places = Array.from({ length: count }, (): SectionPlace => {
    const place = { id: readId(cursor), offset, length: cursor.varint() }
    offset += place.length
    return place
  })
  return { totals, sections: new SectionTable(places) }
}

/** Texts in their order, which need no packing. */
function encodeJson(writer: ByteWriter, texts: readonly string[]): void {
  const bytes = Buffer.from(JSON.stringify(texts))
  writer.varint(bytes.length)
  writer.raw(bytes)
}

function decodeJson(cursor: Cursor): string[] {
  return textsSchema.parse(JSON.parse(Buffer.from(cursor.take(cursor.varint())).toString()))
}

/** What a file begins with. */
export function encodeMagic(): Buffer {
  const magic = Buffer.alloc(HEAD_BYTES)
  MAGIC.copy(magic)
  magic.writeUInt32LE(VERSION, MAGIC.length)
  return magic
}

/** What a file ends with. */
export function encodeFoot(tableAt: number): Buffer {
  const foot = Buffer.alloc(FOOT_BYTES)
  foot.writeDoubleLE(tableAt, 0)
  foot.writeUInt32LE(VERSION, 8)
  foot.writeUInt32LE(crc32(foot.subarray(0, 12)), 12)
  MAGIC.copy(foot, 16)
  return foot
}

/** Undefined when it is no foot of this version. */
export function decodeFoot(foot: Buffer): { readonly tableAt: number } | undefined {
  const isSound =
    crc32(foot.subarray(0, 12)) === foot.readUInt32LE(12) && MAGIC.equals(foot.subarray(16))
  if (!isSound || foot.readUInt32LE(8) !== VERSION) return undefined
  return { tableAt: foot.readDoubleLE(0) }
}
