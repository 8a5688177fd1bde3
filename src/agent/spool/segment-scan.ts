/** What lies in the files of earlier runs, and in files that turn out to be damaged. */
import { readdirSync, readFileSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import type { UnixMs } from '../../model/time.ts'
import type { Log } from '../../support/log.ts'
import type { UnknownSpan } from '../../wire/batch.ts'
import { Hearing } from './hearing.ts'
import type { Position } from './position.ts'
import {
  bodyBytesOf,
  decodeRecord,
  decodeSegmentHead,
  findRecord,
  RECORD_HEAD_BYTES,
  SEGMENT_HEAD_BYTES,
  type SpoolEntry,
} from './record.ts'
import { countRecord, newSegment, type Segment, segmentNumber } from './segment.ts'

export interface Item {
  readonly at: number
  readonly nextBytes: number
  /** Undefined where no record is to be read. */
  readonly entry: SpoolEntry | undefined
}

/** Records and gaps of a segment's bytes, without holes. */
export function* itemsOf(bytes: Buffer): Generator<Item> {
  for (let at = SEGMENT_HEAD_BYTES; at < bytes.length; ) {
    const item = recordAt(bytes, at) ?? {
      at,
      nextBytes: findRecord(bytes, at + 1) ?? bytes.length,
      entry: undefined,
    }
    yield item
    at = item.nextBytes
  }
}

function recordAt(bytes: Buffer, at: number): Item | undefined {
  const entry = decodeRecord(bytes, at)?.entry
  const length = bodyBytesOf(bytes.subarray(at, at + RECORD_HEAD_BYTES))
  if (!entry || length === undefined) return undefined
  return { at, nextBytes: at + RECORD_HEAD_BYTES + length, entry }
}

export interface Found {
  /** Oldest first. */
  readonly segments: Segment[]
  readonly nextNumber: number
  /** The agent listened until then; 0 when nobody knows. */
  readonly heardUntilMs: UnixMs
  /** Bytes that were torn or damaged. */
  readonly cutBytes: number
  readonly lost: readonly UnknownSpan[]
}

/** The segments of earlier runs, done up to `position`; cuts torn ends. */
export function findSegments(folder: string, position: Position | undefined, log: Log): Found {
  const files = readdirSync(folder)
    .sort()
    .map((name) => ({ path: join(folder, name), number: segmentNumber(name) }))
    .filter((file): file is SegmentFile => file.number !== undefined)
  const nextNumber = (files.at(-1)?.number ?? 0) + 1
  const first = files[0]?.number ?? nextNumber
  // A position that fits nothing means: from the oldest on.
  const fits = position && position.segment >= first && position.segment <= nextNumber
  const scan = new Scan(fits ? position : undefined, log)
  const segments = files.map((file) => scan.segmentOf(file))
  const { heardUntilMs, lost } = scan.hearing
  return { segments, nextNumber, heardUntilMs, cutBytes: scan.cutBytes, lost }
}

interface SegmentFile {
  readonly path: string
  readonly number: number
}

class Scan {
  readonly hearing = new Hearing(0)
  cutBytes = 0
  readonly #position: Position | undefined
  readonly #log: Log

  constructor(position: Position | undefined, log: Log) {
    this.#position = position
    this.#log = log
  }

  segmentOf({ path, number }: SegmentFile): Segment {
    const bytes = readFileSync(path)
    const heardBeforeMs = decodeSegmentHead(bytes)
    const isHeadless = heardBeforeMs === undefined
    if (isHeadless) this.#log.warn({ file: path }, 'spool: begins like no segment')
    if (isHeadless) this.hearing.gap()
    else this.hearing.head(heardBeforeMs)
    const segment = newSegment(path, number, heardBeforeMs ?? this.hearing.heardUntilMs)
    for (const item of itemsOf(bytes)) this.#take(segment, item, bytes.length)
    // Without head and records it stays as it is until it is told that something is missing.
    if (segment.endBytes < bytes.length && !(isHeadless && segment.batches === 0)) {
      this.#cut(segment, bytes.length)
    }
    return segment
  }

  #take(segment: Segment, { at, nextBytes, entry }: Item, fileBytes: number): void {
    if (!entry && nextBytes === fileBytes) return
    const isDone = this.#isDone(segment, at)
    if (entry) {
      countRecord(segment, entry, nextBytes)
      this.hearing.record(entry.span)
    } else if (!isDone) {
      this.cutBytes += nextBytes - at
      this.hearing.gap()
      this.#log.warn({ file: segment.path, at, bytes: nextBytes - at }, 'spool: damaged, left out')
    }
    if (isDone || !entry) segment.done.add({ from: at, to: nextBytes, batches: entry ? 1 : 0 })
  }

  #isDone({ number }: Segment, at: number): boolean {
    const position = this.#position
    if (!position || number > position.segment) return false
    return number < position.segment || at < position.atBytes
  }

  #cut({ path, endBytes }: Segment, fileBytes: number): void {
    this.cutBytes += fileBytes - endBytes
    this.#log.warn({ file: path, bytes: fileBytes - endBytes }, 'spool: torn, cut')
    truncateSync(path, endBytes)
  }
}

/** Marks what is damaged in a segment as done; what that loses. Undefined when the file cannot be read. */
export function surveySegment(segment: Segment): UnknownSpan[] | undefined {
  const { path, endBytes, done, heardBeforeMs, heardUntilMs } = segment
  const bytes = readWhole(path)?.subarray(0, endBytes)
  if (!bytes) return undefined
  const hearing = new Hearing(heardBeforeMs)
  let unread = 0
  for (const { at, nextBytes, entry } of itemsOf(bytes)) {
    if (entry) {
      hearing.record(entry.span)
      if (done.past(at) === at) unread++
    } else if (done.add({ from: at, to: nextBytes, batches: 0 })) hearing.gap()
  }
  done.add({ from: bytes.length, to: endBytes, batches: 0 })
  segment.batches = done.batches + unread
  hearing.head(heardUntilMs)
  return hearing.lost
}

/** Undefined when the file cannot be read. */
export function readWhole(path: string): Buffer | undefined {
  try {
    return readFileSync(path)
  } catch {
    return undefined
  }
}
