/** A section: a part of a block with its own checksum and its name in front, so that it is known without a table. */
import { constants, crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { ByteWriter } from '../../../wire/bytes.ts'
import { Cursor } from './cursor.ts'

/** Numbers of the format. */
export const KIND = {
  table: 0,
  family: 1,
  keys: 2,
  label: 3,
  times: 4,
  values: 5,
  head: 6,
} as const

/** What a section is of. */
export interface SectionId {
  readonly kind: number
  readonly family: number
  readonly slice: number
  /** Of values the column, of labels the index of the name. */
  readonly column: number
  readonly group: number
}

/** Where a section is in the file. */
export interface SectionPlace {
  readonly id: SectionId
  readonly offset: number
  /** With its frame. */
  readonly length: number
}

export function sectionId(kind: number, of: Partial<SectionId> = {}): SectionId {
  return { family: 0, slice: 0, column: 0, group: 0, ...of, kind }
}

/** Begin of a section: mark, bytes after this, CRC-32 of them (4 bytes each, little-endian). */
export const FRAME_BYTES = 12
export const MARK = Buffer.from('tsec')
/** Sections may be read, and named wrong by a broken length: more is none. */
export const MAX_SECTION_BYTES = 256 * 1024 * 1024
const NO_FRAME = Buffer.alloc(FRAME_BYTES)
const CHECKED_FROM = 8
const ZSTD = 1
/** zstd wants no less. */
const MIN_CHUNK_BYTES = 64
const MAX_CHUNK_BYTES = 1024 * 1024
/** zstd has to save one byte in so many. */
const WORTH = 16
// What is packed already gains as little from higher levels.
const LEVEL = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }

/** A whole section, frame and all. `isBrief`: it is not worth the work of zstd. */
export function encodeSection(id: SectionId, content: Uint8Array, isBrief = false): Buffer {
  const packed = isBrief ? content : zstdCompressSync(content, LEVEL)
  const isWorth = packed.length < content.length - content.length / WORTH
  const payload = isWorth ? packed : content
  const writer = new ByteWriter(payload.length + 48)
  writer.raw(NO_FRAME)
  writer.byte(isWorth ? ZSTD : 0)
  writeId(writer, id)
  writer.varint(content.length)
  writer.raw(payload)
  const section = writer.finish()
  MARK.copy(section, 0)
  section.writeUInt32LE(section.length - FRAME_BYTES, 4)
  section.writeUInt32LE(crc32(section.subarray(FRAME_BYTES)), CHECKED_FROM)
  return section
}

/** Bytes of the section that begins at `at`; undefined when none does. */
export function sectionLength(file: Buffer, at = 0): number | undefined {
  if (at + FRAME_BYTES > file.length || MARK.compare(file, at, at + MARK.length) !== 0)
    return undefined
  const length = file.readUInt32LE(at + 4)
  return length <= MAX_SECTION_BYTES ? FRAME_BYTES + length : undefined
}

/** Whether these bytes are a whole section, as it was written. */
export function isSound(section: Buffer): boolean {
  if (sectionLength(section) !== section.length) return false
  return crc32(section.subarray(FRAME_BYTES)) === section.readUInt32LE(CHECKED_FROM)
}

/** Of a sound section. */
export function decodeSection(section: Buffer): {
  readonly id: SectionId
  readonly content: Buffer
} {
  const cursor = new Cursor(section, FRAME_BYTES)
  const flags = cursor.byte()
  const id = readId(cursor)
  const length = cursor.varint()
  const payload = section.subarray(cursor.at)
  if ((flags & ~ZSTD) !== 0) throw new RangeError(`a section with flags ${flags}`)
  const content = flags & ZSTD ? inflated(payload, length) : payload
  if (content.length !== length) throw new RangeError(`${content.length} bytes, not ${length}`)
  return { id, content }
}

/** In one piece, if it is not very large. */
function inflated(payload: Buffer, length: number): Buffer {
  const chunkSize = Math.max(MIN_CHUNK_BYTES, Math.min(length, MAX_CHUNK_BYTES))
  return zstdDecompressSync(payload, { maxOutputLength: length, chunkSize })
}

export function writeId(writer: ByteWriter, id: SectionId): void {
  writer.byte(id.kind)
  writer.varint(id.family)
  writer.zigzag(id.slice)
  writer.varint(id.column)
  writer.varint(id.group)
}

export function readId(cursor: Cursor): SectionId {
  return {
    kind: cursor.byte(),
    family: cursor.varint(),
    slice: cursor.zigzag(),
    column: cursor.varint(),
    group: cursor.varint(),
  }
}

/** `values of family 0, column 3, slice 247, group 12`. */
export function sectionName({ kind, family, slice, column, group }: SectionId): string {
  if (kind === KIND.table) return 'the table of sections'
  if (kind === KIND.head) return 'the head'
  if (kind === KIND.family) return `head of family ${family}`
  if (kind === KIND.keys) return `keys ${group} of family ${family}`
  if (kind === KIND.label) return `label ${column} of family ${family}`
  const place = `slice ${slice}, group ${group}`
  if (kind === KIND.times) return `times of family ${family}, ${place}`
  return `values of family ${family}, column ${column}, ${place}`
}
