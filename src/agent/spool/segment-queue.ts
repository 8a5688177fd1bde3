/**
 * The segments of a spool and what of them is done: two lanes, each in order.
 *
 * The backlog begins at the oldest batch that is not done and ends where the fresh lane begins. That
 * only moves on: past what is taken, and past what is no longer fresh, which is left for the backlog.
 * Segments go in order too, when all in them is done; the newest stays: it says until when we listened.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { UnixMs } from '../../model/time.ts'
import { messageOf } from '../../support/failure.ts'
import type { Log } from '../../support/log.ts'
import { makeFolder } from '../../support/make-folder.ts'
import type { UnknownSpan } from '../../wire/batch.ts'
import { LostSpans } from './lost-spans.ts'
import { type Overdue, overdueOf, type QueueBounds } from './overdue.ts'
import { isBefore, type Position, PositionFile } from './position.ts'
import { SEGMENT_HEAD_BYTES } from './record.ts'
import {
  finishSegment,
  type Place,
  type Segment,
  SegmentReader,
  type Stored,
  unreadBatchesOf,
  unreadBytesOf,
} from './segment.ts'
import { findSegments, surveySegment } from './segment-scan.ts'

/** `fresh` was made less than 2 minutes ago, `backlog` before. */
export type SpoolLane = 'fresh' | 'backlog'

const FRESH_MS = 120_000

export class SegmentQueue {
  /** The agent listened until then in earlier runs; 0 when there was none. */
  readonly heardUntilMs: UnixMs
  /** Number of the first segment to be made. */
  readonly firstNumber: number
  /** Bytes that were torn or damaged and are lost. */
  cutBytes: number
  /** What damaged parts held, not yet told. */
  readonly lost = new LostSpans()
  readonly #log: Log
  readonly #position: PositionFile
  readonly #readers = { fresh: new SegmentReader(), backlog: new SegmentReader() }
  /** Oldest first; the last is written to. */
  readonly #segments: Segment[]
  #noted: Position = { segment: 0, atBytes: 0 }
  /** Where the fresh lane begins. */
  #fresh: Position = { segment: 0, atBytes: 0 }

  /** @throws when the folder cannot be used. */
  constructor(folder: string, log: Log) {
    makeFolder(folder)
    this.#log = log
    this.#position = new PositionFile(join(folder, 'position'))
    const found = findSegments(folder, this.#position.read(), log)
    this.#segments = found.segments
    this.firstNumber = found.nextNumber
    this.heardUntilMs = found.heardUntilMs
    this.cutBytes = found.cutBytes
    for (const span of found.lost) this.lost.add(span)
  }

  /** Bytes not yet done. */
  get unreadBytes(): number {
    return this.#segments.reduce((sum, each) => sum + unreadBytesOf(each), 0)
  }

  get unreadBatches(): number {
    return this.#segments.reduce((sum, each) => sum + unreadBatchesOf(each), 0)
  }

  push(segment: Segment): void {
    this.#segments.push(segment)
    this.#settle()
  }

  /** The oldest record that is not done, of any lane; undefined when there is none. */
  oldest(): Stored | undefined {
    for (const segment of this.#segments) {
      const stored = this.#read('backlog', segment, SEGMENT_HEAD_BYTES)
      if (stored) return stored
    }
    return undefined
  }

  /** The oldest record of this lane that is not done. */
  peek(lane: SpoolLane, now: UnixMs): Stored | undefined {
    const fresh = this.#freshest(now)
    if (lane === 'fresh') return fresh
    const oldest = this.oldest()
    return oldest && isBefore(oldest.at, this.#fresh) ? oldest : undefined
  }

  /** It is taken; one that was discarded meanwhile is passed over. */
  done({ at, nextBytes }: Place): void {
    const segment = this.#segments.find(({ number }) => number === at.segment)
    segment?.done.add({ from: at.atBytes, to: nextBytes, batches: 1 })
    this.#settle()
  }

  /** What is past the bounds; it stays until `discard`. */
  overdue(now: UnixMs, bounds: QueueBounds): Overdue {
    return overdueOf(this.#segments, now, bounds)
  }

  /** What was told may go; how many batches went. */
  discard({ segments, unknown }: Overdue): number {
    this.lost.remove(unknown)
    let batches = 0
    for (const segment of segments) {
      batches += unreadBatchesOf(segment)
      finishSegment(segment)
    }
    this.#settle()
    return batches
  }

  close(): void {
    for (const reader of Object.values(this.#readers)) reader.close()
    this.#position.close()
  }

  /** The first fresh record; the lane then begins there. */
  #freshest(now: UnixMs): Stored | undefined {
    const isFresh = (madeAt: UnixMs) => Math.abs(now - madeAt) < FRESH_MS
    for (const segment of this.#segments) {
      const { number, newestAt, oldestAt, endBytes } = segment
      if (number < this.#fresh.segment) continue
      const from = number === this.#fresh.segment ? this.#fresh.atBytes : SEGMENT_HEAD_BYTES
      const mayHave = newestAt > now - FRESH_MS && oldestAt < now + FRESH_MS
      let stored = mayHave ? this.#read('fresh', segment, from) : undefined
      while (stored && !isFresh(stored.record.entry.madeAt)) {
        stored = this.#read('fresh', segment, stored.nextBytes)
      }
      this.#fresh = stored?.at ?? { segment: number, atBytes: endBytes }
      if (stored) return stored
    }
    return undefined
  }

  /** The first record at or behind `at` that is not done. */
  #read(lane: SpoolLane, segment: Segment, at: number): Stored | undefined {
    for (let from = segment.done.past(at); from < segment.endBytes; ) {
      const stored = this.#readers[lane].read(segment, from)
      if (stored) return stored
      from = segment.done.past(this.#passDamage(segment, from))
    }
    return undefined
  }

  /** Where to read on. */
  #passDamage(segment: Segment, at: number): number {
    const { path: file, heardBeforeMs: fromMs, heardUntilMs: toMs, endBytes } = segment
    const before = unreadBytesOf(segment)
    const lost = surveySegment(segment)
    if (!lost) finishSegment(segment)
    const all: UnknownSpan = { fromMs, toMs, reason: 'damaged' }
    for (const span of lost ?? [all]) this.lost.add(span)
    const bytes = before - unreadBytesOf(segment)
    this.cutBytes += bytes
    this.#log.error({ file, at, bytes }, 'spool: damaged, left out')
    const next = segment.done.past(at)
    return next > at ? next : endBytes
  }

  /** Notes how far all is done, and removes segments in which it is. */
  #settle(): void {
    // Until it is told what was lost, the next start must find it again.
    if (this.lost.all.length > 0) return
    const newest = this.#segments.at(-1)
    for (let first = this.#segments[0]; first && first !== newest; first = this.#segments[0]) {
      if (unreadBytesOf(first) > 0) break
      this.#segments.shift()
      for (const reader of Object.values(this.#readers)) reader.close()
      this.#attempt(() => rmSync(first.path, { force: true }))
    }
    const [first] = this.#segments
    if (!first) return
    this.#note({ segment: first.number, atBytes: first.done.past(SEGMENT_HEAD_BYTES) })
  }

  #note(position: Position): void {
    const { segment, atBytes } = this.#noted
    if (position.segment === segment && position.atBytes === atBytes) return
    this.#noted = position
    this.#attempt(() => this.#position.write(position))
  }

  #attempt(note: () => void): void {
    try {
      note()
    } catch (error) {
      // After a restart some batches come twice; the cloud knows them by their id.
      this.#log.warn({ error: messageOf(error) }, 'spool: what is done could not be noted')
    }
  }
}
