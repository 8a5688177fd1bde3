/** A record of the log: length and CRC-32 (4 bytes each), when it was received (double), the batch; little-endian. */
import { crc32 } from 'node:zlib'
import type { UnixMs } from '../../../model/time.ts'

export interface LogRecord {
  readonly receivedAt: UnixMs
  /** A batch as it came. */
  readonly bytes: Buffer
}

/** What a segment held beside whole records. */
export interface Damage {
  /** Stretches that are no record, followed by one that is. */
  readonly broken: number
  /** Bytes after the last whole record. */
  readonly tornBytes: number
}

const HEADER_BYTES = 16
const CHECKED_FROM = 8
/** How a batch begins, and a batch of samples: `TALB`, `TALS`. */
const MAGIC = 'TAL'

export function encodeRecord({ receivedAt, bytes }: LogRecord): Buffer {
  const record = Buffer.allocUnsafe(HEADER_BYTES + bytes.length)
  record.writeUInt32LE(bytes.length, 0)
  record.writeDoubleLE(receivedAt, CHECKED_FROM)
  bytes.copy(record, HEADER_BYTES)
  record.writeUInt32LE(crc32(record.subarray(CHECKED_FROM)), 4)
  return record
}

/** Hands every whole record of a segment to `take`; steps over what is broken. */
export function scanRecords(segment: Buffer, take: (record: LogRecord) => void): Damage {
  let broken = 0
  let at = 0
  while (at < segment.length) {
    const end = recordEnd(segment, at)
    if (end !== undefined) {
      const bytes = segment.subarray(at + HEADER_BYTES, end)
      take({ receivedAt: segment.readDoubleLE(at + CHECKED_FROM), bytes })
      at = end
      continue
    }
    const next = nextRecord(segment, at + 1)
    if (next === undefined) return { broken, tornBytes: segment.length - at }
    broken++
    at = next
  }
  return { broken, tornBytes: 0 }
}

/** Where the record at `at` ends; undefined when there is none or its checksum is wrong. */
function recordEnd(segment: Buffer, at: number): number | undefined {
  if (at < 0 || at + HEADER_BYTES > segment.length) return undefined
  const end = at + HEADER_BYTES + segment.readUInt32LE(at)
  if (end > segment.length) return undefined
  const sum = crc32(segment.subarray(at + CHECKED_FROM, end))
  return sum === segment.readUInt32LE(at + 4) ? end : undefined
}

function nextRecord(segment: Buffer, from: number): number | undefined {
  for (let at = segment.indexOf(MAGIC, from); at >= 0; at = segment.indexOf(MAGIC, at + 1)) {
    const start = at - HEADER_BYTES
    if (start >= from && recordEnd(segment, start) !== undefined) return start
  }
  return undefined
}
