/** One file of the spool. Only the newest is written to; the oldest goes when all in it is done. */
import { closeSync, openSync, readFileSync, readSync, truncateSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { UnixMs } from '../../model/time.ts'
import {
  bodyBytesOf,
  decodeRecord,
  decodeSegmentHead,
  RECORD_HEAD_BYTES,
  SEGMENT_HEAD_BYTES,
  type SpoolRecord,
} from './record.ts'

export interface Segment {
  readonly number: number
  readonly path: string
  /** Bytes known to be whole and on disk. */
  endBytes: number
  /** When its first and last batch were made; 0 without any. */
  oldestAt: UnixMs
  newestAt: UnixMs
}

/** A record and where the next one begins. */
export interface Placed {
  readonly record: SpoolRecord
  readonly nextBytes: number
}

const SUFFIX = '.seg'

export function segmentPath(folder: string, number: number): string {
  return join(folder, `${String(number).padStart(10, '0')}${SUFFIX}`)
}

/** Undefined for other files. */
export function segmentNumber(path: string): number | undefined {
  const name = basename(path)
  return /^\d{10}\.seg$/.test(name) ? Number(name.slice(0, -SUFFIX.length)) : undefined
}

export interface Scanned {
  readonly segment: Segment
  /** The agent listened until then, as far as this file tells. */
  readonly heardUntilMs: UnixMs
  /** Bytes that were no record and have been cut off. */
  readonly cutBytes: number
}

/** Reads a segment of an earlier run and cuts what is torn or damaged. Undefined: no segment at all. */
export function scanSegment(path: string, number: number): Scanned | undefined {
  const bytes = readFileSync(path)
  let heardUntilMs = decodeSegmentHead(bytes)
  if (heardUntilMs === undefined) return undefined
  const segment = { number, path, endBytes: SEGMENT_HEAD_BYTES, oldestAt: 0, newestAt: 0 }
  for (let placed = placeAt(bytes, segment.endBytes); placed; ) {
    const { entry } = placed.record
    segment.endBytes = placed.nextBytes
    segment.oldestAt ||= entry.madeAt
    segment.newestAt = Math.max(segment.newestAt, entry.madeAt)
    heardUntilMs = Math.max(heardUntilMs, entry.span?.toMs ?? 0)
    placed = placeAt(bytes, segment.endBytes)
  }
  const cutBytes = bytes.length - segment.endBytes
  if (cutBytes > 0) truncateSync(path, segment.endBytes)
  return { segment, heardUntilMs, cutBytes }
}

function placeAt(bytes: Buffer, at: number): Placed | undefined {
  const record = decodeRecord(bytes, at)
  const length = bodyBytesOf(bytes.subarray(at, at + RECORD_HEAD_BYTES))
  if (!record || length === undefined) return undefined
  return { record, nextBytes: at + RECORD_HEAD_BYTES + length }
}

/** Reads records one by one; keeps one file open. */
export class SegmentReader {
  #open: { readonly number: number; readonly fd: number } | undefined

  /** The record at `atBytes`; undefined when it is damaged or cannot be read. */
  read(segment: Segment, atBytes: number): Placed | undefined {
    try {
      return this.#read(segment, atBytes)
    } catch {
      return undefined
    }
  }

  close(): void {
    if (this.#open) closeSync(this.#open.fd)
    this.#open = undefined
  }

  #read(segment: Segment, atBytes: number): Placed | undefined {
    const fd = this.#fdOf(segment)
    const head = this.#bytes(fd, atBytes, RECORD_HEAD_BYTES)
    const length = bodyBytesOf(head)
    const nextBytes = atBytes + RECORD_HEAD_BYTES + (length ?? 0)
    if (length === undefined || nextBytes > segment.endBytes) return undefined
    const record = decodeRecord(this.#bytes(fd, atBytes, RECORD_HEAD_BYTES + length))
    return record && { record, nextBytes }
  }

  #fdOf({ number, path }: Segment): number {
    if (this.#open?.number === number) return this.#open.fd
    this.close()
    this.#open = { number, fd: openSync(path, 'r') }
    return this.#open.fd
  }

  #bytes(fd: number, at: number, length: number): Buffer {
    const bytes = Buffer.alloc(length)
    return bytes.subarray(0, readSync(fd, bytes, 0, length, at))
  }
}
