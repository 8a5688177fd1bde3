/** One file of the spool. Only the newest is written to; the oldest goes when all in it is done. */
import { closeSync, openSync, readSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { UnixMs } from '../../model/time.ts'
import { DoneRanges } from './done-ranges.ts'
import type { Position } from './position.ts'
import {
  bodyBytesOf,
  decodeRecord,
  RECORD_HEAD_BYTES,
  SEGMENT_HEAD_BYTES,
  type SpoolEntry,
  type SpoolRecord,
} from './record.ts'

export interface Segment {
  readonly number: number
  readonly path: string
  /** Bytes known to be whole and on disk. */
  endBytes: number
  /** Batches in it, done or not. */
  batches: number
  /** When the earliest and the latest of its batches were made; 0 without any. */
  oldestAt: UnixMs
  newestAt: UnixMs
  /** The agent listened until then before this segment, and with it. */
  readonly heardBeforeMs: UnixMs
  heardUntilMs: UnixMs
  readonly done: DoneRanges
}

/** Where a record lies, and where the next begins. */
export interface Place {
  readonly at: Position
  readonly nextBytes: number
}

export interface Stored extends Place {
  readonly record: SpoolRecord
}

const SUFFIX = '.seg'

export function newSegment(path: string, number: number, heardBeforeMs: UnixMs): Segment {
  const none = { endBytes: SEGMENT_HEAD_BYTES, batches: 0, oldestAt: 0, newestAt: 0 }
  const done = new DoneRanges()
  return { number, path, ...none, heardBeforeMs, heardUntilMs: heardBeforeMs, done }
}

/** One more batch, which ends at `endBytes`. */
export function countRecord(segment: Segment, entry: SpoolEntry, endBytes: number): void {
  segment.endBytes = endBytes
  segment.batches++
  segment.oldestAt = Math.min(segment.oldestAt || entry.madeAt, entry.madeAt)
  segment.newestAt = Math.max(segment.newestAt, entry.madeAt)
  segment.heardUntilMs = Math.max(segment.heardUntilMs, entry.span?.toMs ?? 0)
}

/** All in it is done. */
export function finishSegment({ done, endBytes, batches }: Segment): void {
  done.fill({ from: SEGMENT_HEAD_BYTES, to: endBytes, batches })
}

export function unreadBytesOf({ done, endBytes }: Segment): number {
  return endBytes - SEGMENT_HEAD_BYTES - done.bytes
}

export function unreadBatchesOf({ done, batches }: Segment): number {
  return batches - done.batches
}

export function segmentPath(folder: string, number: number): string {
  return join(folder, `${String(number).padStart(10, '0')}${SUFFIX}`)
}

/** Undefined for other files. */
export function segmentNumber(path: string): number | undefined {
  const name = basename(path)
  return /^\d{10}\.seg$/.test(name) ? Number(name.slice(0, -SUFFIX.length)) : undefined
}

/** Reads records one by one; keeps one file open, and the record that was read last. */
export class SegmentReader {
  #open: { readonly number: number; readonly fd: number } | undefined
  #last: Stored | undefined

  /** The record at `atBytes`; undefined when it is damaged or cannot be read. */
  read(segment: Segment, atBytes: number): Stored | undefined {
    const { at } = this.#last ?? {}
    if (at?.segment === segment.number && at.atBytes === atBytes) return this.#last
    try {
      this.#last = this.#read(segment, atBytes)
    } catch {
      this.#last = undefined
    }
    return this.#last
  }

  close(): void {
    if (this.#open) closeSync(this.#open.fd)
    this.#open = undefined
    this.#last = undefined
  }

  #read(segment: Segment, atBytes: number): Stored | undefined {
    const fd = this.#fdOf(segment)
    const length = bodyBytesOf(readAt(fd, atBytes, RECORD_HEAD_BYTES))
    const nextBytes = atBytes + RECORD_HEAD_BYTES + (length ?? 0)
    if (length === undefined || nextBytes > segment.endBytes) return undefined
    const record = decodeRecord(readAt(fd, atBytes, RECORD_HEAD_BYTES + length))
    return record && { record, at: { segment: segment.number, atBytes }, nextBytes }
  }

  #fdOf({ number, path }: Segment): number {
    if (this.#open?.number === number) return this.#open.fd
    this.close()
    this.#open = { number, fd: openSync(path, 'r') }
    return this.#open.fd
  }
}

function readAt(fd: number, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  return bytes.subarray(0, readSync(fd, bytes, 0, length, at))
}
