/**
 * The segments of a spool and how far they were read. Reads in order; the oldest segment goes when
 * all in it is done, the newest stays (it says until when the agent listened).
 */
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { UnixMs } from '../../model/time.ts'
import { messageOf } from '../../support/failure.ts'
import type { Log } from '../../support/log.ts'
import { makeFolder } from '../../support/make-folder.ts'
import { type Position, PositionFile } from './position.ts'
import { SEGMENT_HEAD_BYTES, type SpoolEntry, type SpoolRecord } from './record.ts'
import { type Segment, SegmentReader, scanSegment, segmentNumber } from './segment.ts'

export interface QueueBounds {
  /** Bytes on disk; past it the oldest go. */
  readonly maxBytes: number
  readonly maxAgeMs: number
}

/** A record on disk, where it lies and where the next begins. */
export interface Stored {
  readonly record: SpoolRecord
  readonly at: Position
  readonly nextBytes: number
}

/** Whole segments past the bounds, and what was not yet read of them. */
export interface Overdue {
  readonly segments: readonly Segment[]
  readonly entries: readonly SpoolEntry[]
}

export class SegmentQueue {
  /** The agent listened until then in earlier runs; 0 when there was none. */
  readonly heardUntilMs: UnixMs
  /** Number of the first segment to be made. */
  readonly firstNumber: number
  /** Bytes that were torn or damaged and are lost. */
  cutBytes: number
  readonly #log: Log
  readonly #position: PositionFile
  readonly #reader = new SegmentReader()
  /** Oldest first; the last is written to. */
  readonly #segments: Segment[]
  #cursor: Position

  /** @throws when the folder cannot be used. */
  constructor(folder: string, log: Log) {
    makeFolder(folder)
    const found = find(folder, log)
    this.#log = log
    this.#position = new PositionFile(join(folder, 'position'))
    this.#segments = found.segments
    this.firstNumber = found.nextNumber
    this.heardUntilMs = found.heardUntilMs
    this.cutBytes = found.cutBytes
    this.#cursor = startOf(this.#position.read(), found)
  }

  /** Bytes not yet read. */
  get unreadBytes(): number {
    return this.#segments.reduce((sum, each) => sum + each.endBytes - this.#from(each), 0)
  }

  push(segment: Segment): void {
    this.#segments.push(segment)
    this.#removeDone()
  }

  /** The oldest record that is not done; undefined when there is none. */
  peek(): Stored | undefined {
    for (let segment = this.#current(); segment; segment = this.#current()) {
      const at = { segment: segment.number, atBytes: this.#from(segment) }
      if (at.atBytes < segment.endBytes) {
        const placed = this.#reader.read(segment, at.atBytes)
        if (placed) return { ...placed, at }
        this.#log.error({ file: segment.path, ...at }, 'spool: damaged, the rest is left out')
        this.cutBytes += segment.endBytes - at.atBytes
      }
      if (segment === this.#segments.at(-1)) return undefined
      this.#moveTo({ segment: segment.number + 1, atBytes: SEGMENT_HEAD_BYTES })
    }
    return undefined
  }

  /** The oldest is done; a record that was discarded meanwhile is passed over. */
  done({ at, nextBytes }: Stored): void {
    const current = this.#current()
    if (!current || at.segment !== current.number || at.atBytes !== this.#from(current)) return
    this.#moveTo({ segment: at.segment, atBytes: nextBytes })
  }

  /** What is past the bounds; it stays until `discard`. */
  overdue(now: UnixMs, { maxBytes, maxAgeMs }: QueueBounds): Overdue {
    let bytes = this.#segments.reduce((sum, { endBytes }) => sum + endBytes, 0)
    const segments: Segment[] = []
    for (const segment of this.#segments.slice(0, -1)) {
      if (bytes <= maxBytes && segment.newestAt >= now - maxAgeMs) break
      segments.push(segment)
      bytes -= segment.endBytes
    }
    return { segments, entries: segments.flatMap((each) => this.#unread(each)) }
  }

  discard({ segments }: Overdue): void {
    const last = segments.at(-1)
    if (!last || last.number < this.#cursor.segment) return
    this.#moveTo({ segment: last.number + 1, atBytes: SEGMENT_HEAD_BYTES })
  }

  close(): void {
    this.#reader.close()
    this.#position.close()
  }

  #current(): Segment | undefined {
    return this.#segments.find(({ number }) => number >= this.#cursor.segment)
  }

  /** Where the unread part of a segment begins. */
  #from(segment: Segment): number {
    const { segment: number, atBytes } = this.#cursor
    if (segment.number > number) return SEGMENT_HEAD_BYTES
    return segment.number < number ? segment.endBytes : Math.min(atBytes, segment.endBytes)
  }

  #moveTo(cursor: Position): void {
    this.#cursor = cursor
    try {
      this.#position.write(cursor)
      this.#removeDone()
    } catch (error) {
      // After a restart some batches come twice; the cloud knows them by their id.
      this.#log.warn({ error: messageOf(error) }, 'spool: what is done could not be noted')
    }
  }

  #removeDone(): void {
    const newest = this.#segments.at(-1)
    for (let first = this.#segments[0]; first && first !== newest; first = this.#segments[0]) {
      if (this.#from(first) < first.endBytes) return
      this.#segments.shift()
      if (first.number >= this.#cursor.segment) this.#reader.close()
      rmSync(first.path, { force: true })
    }
  }

  #unread(segment: Segment): SpoolEntry[] {
    const entries: SpoolEntry[] = []
    const reader = new SegmentReader()
    for (let at = this.#from(segment); at < segment.endBytes; ) {
      const placed = reader.read(segment, at)
      if (!placed) break
      entries.push(placed.record.entry)
      at = placed.nextBytes
    }
    reader.close()
    return entries
  }
}

interface Found {
  readonly segments: Segment[]
  readonly nextNumber: number
  readonly heardUntilMs: UnixMs
  readonly cutBytes: number
}

/** The segments of earlier runs. */
function find(folder: string, log: Log): Found {
  const segments: Segment[] = []
  let nextNumber = 1
  let heardUntilMs = 0
  let cutBytes = 0
  for (const name of readdirSync(folder).sort()) {
    const number = segmentNumber(name)
    if (number === undefined) continue
    nextNumber = number + 1
    const path = join(folder, name)
    const scanned = scanSegment(path, number)
    if (!scanned) {
      log.warn({ file: path }, 'spool: begins like no segment, removed')
      rmSync(path, { force: true })
      continue
    }
    segments.push(scanned.segment)
    heardUntilMs = Math.max(heardUntilMs, scanned.heardUntilMs)
    cutBytes += scanned.cutBytes
    if (scanned.cutBytes > 0) log.warn({ file: path, bytes: scanned.cutBytes }, 'spool: torn, cut')
  }
  return { segments, nextNumber, heardUntilMs, cutBytes }
}

/** A position that fits nothing means: from the oldest on. */
function startOf(position: Position | undefined, { segments, nextNumber }: Found): Position {
  const first = segments[0]?.number ?? nextNumber
  const fits = position && position.segment >= first && position.segment <= nextNumber
  return fits ? position : { segment: first, atBytes: SEGMENT_HEAD_BYTES }
}
