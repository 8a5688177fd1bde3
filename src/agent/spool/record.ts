/**
 * What a segment file holds: a head, then records.
 *
 *   head    `TASPOOL1`, heardUntilMs (float64), crc32 of these 16 bytes
 *   record  length of the body (uint32), crc32 of the body (uint32), body
 *   body    length of the entry (uint16), entry (JSON), the encoded batch
 *
 * All little-endian. A record is there when its checksum is right. Past a damaged one the next is found
 * by how every entry begins, so the order of the entry's keys belongs to the format: `id` first, in it `agent`.
 */
import { crc32 } from 'node:zlib'
import type { UnixMs } from '../../model/time.ts'
import type { BatchId } from '../../wire/batch.ts'

/** What the spool knows of a batch without decoding it. */
export interface SpoolEntry {
  readonly id: BatchId
  readonly madeAt: UnixMs
  /** Span of its windows; `toMs` no later than the agent listened. Absent when it has none. */
  readonly span?: { readonly fromMs: UnixMs; readonly toMs: UnixMs }
  readonly events: number
}

export interface SpoolRecord {
  readonly entry: SpoolEntry
  /** The batch as it is sent. */
  readonly bytes: Buffer
}

const MAGIC = Buffer.from('TASPOOL1')
export const SEGMENT_HEAD_BYTES = 20
export const RECORD_HEAD_BYTES = 8
const MAX_BODY_BYTES = 80 * 1024 * 1024
const ENTRY_BEGINS = Buffer.from('{"id":{"agent":"')

export function encodeSegmentHead(heardUntilMs: UnixMs): Buffer {
  const head = Buffer.alloc(SEGMENT_HEAD_BYTES)
  MAGIC.copy(head)
  head.writeDoubleLE(heardUntilMs, 8)
  head.writeUInt32LE(crc32(head.subarray(0, 16)), 16)
  return head
}

/** `heardUntilMs`; undefined when these bytes begin no segment. */
export function decodeSegmentHead(bytes: Buffer): UnixMs | undefined {
  if (bytes.length < SEGMENT_HEAD_BYTES || !bytes.subarray(0, 8).equals(MAGIC)) return undefined
  if (bytes.readUInt32LE(16) !== crc32(bytes.subarray(0, 16))) return undefined
  return bytes.readDoubleLE(8)
}

export function encodeRecord({ entry, bytes }: SpoolRecord): Buffer {
  const { madeAt, events, span } = entry
  const { agent, epoch, seq } = entry.id
  const json = Buffer.from(JSON.stringify({ id: { agent, epoch, seq }, madeAt, events, span }))
  const body = Buffer.alloc(2 + json.length + bytes.length)
  body.writeUInt16LE(json.length)
  json.copy(body, 2)
  bytes.copy(body, 2 + json.length)
  const head = Buffer.alloc(RECORD_HEAD_BYTES)
  head.writeUInt32LE(body.length)
  head.writeUInt32LE(crc32(body), 4)
  return Buffer.concat([head, body])
}

/** Bytes of the body that follows a record's head; undefined when no record has so many. */
export function bodyBytesOf(head: Buffer): number | undefined {
  if (head.length < RECORD_HEAD_BYTES) return undefined
  const length = head.readUInt32LE(0)
  return length >= 2 && length <= MAX_BODY_BYTES ? length : undefined
}

/** The record that begins at `at`; undefined when it is torn or damaged. */
export function decodeRecord(bytes: Buffer, at = 0): SpoolRecord | undefined {
  const length = bodyBytesOf(bytes.subarray(at, at + RECORD_HEAD_BYTES))
  if (length === undefined) return undefined
  const body = bytes.subarray(at + RECORD_HEAD_BYTES, at + RECORD_HEAD_BYTES + length)
  if (body.length < length || crc32(body) !== bytes.readUInt32LE(at + 4)) return undefined
  const batchAt = 2 + body.readUInt16LE(0)
  // The checksum was right: we wrote this.
  const entry = JSON.parse(body.toString('utf8', 2, batchAt)) as SpoolEntry
  return { entry, bytes: body.subarray(batchAt) }
}

/** Where the first whole record at or behind `at` begins; undefined when there is none. */
export function findRecord(bytes: Buffer, at: number): number | undefined {
  const toEntry = RECORD_HEAD_BYTES + 2
  for (let entryAt = at + toEntry; ; entryAt++) {
    entryAt = bytes.indexOf(ENTRY_BEGINS, entryAt)
    if (entryAt < 0) return undefined
    if (decodeRecord(bytes, entryAt - toEntry)) return entryAt - toEntry
  }
}
