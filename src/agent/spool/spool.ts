/**
 * Batches on disk until the cloud has them: in order, bounded in size and age.
 *
 * - `append` resolves when the batch is on disk (one fsync for all that wait), or acknowledged.
 * - `peek` shows the oldest batch not acknowledged, `ack` takes it away for good.
 * - A batch is gone only by `ack`, or by `discard`, which the caller reports as unknown.
 *
 * When the disk fails, batches wait in bounded memory and can still be sent; it is tried again.
 */
import type { UnixMs } from '../../model/time.ts'
import { backoffMs } from '../../support/backoff.ts'
import type { Cancel, Clock } from '../../support/clock.ts'
import { messageOf } from '../../support/failure.ts'
import type { Log } from '../../support/log.ts'
import { SpoolFailure } from './failure.ts'
import { encodeRecord, type SpoolEntry, type SpoolRecord } from './record.ts'
import { type Overdue, type QueueBounds, SegmentQueue, type Stored } from './segment-queue.ts'
import { type Disk, realDisk, SegmentWriter } from './segment-writer.ts'
import { type Waiting, WaitingLine } from './waiting-line.ts'

export interface SpoolLimits extends QueueBounds {
  /** Bytes that wait in memory while the disk fails. */
  readonly maxMemoryBytes: number
}

export const DEFAULT_SPOOL: SpoolLimits = {
  maxBytes: 64 * 1024 * 1024,
  maxAgeMs: 24 * 3_600_000,
  maxMemoryBytes: 8 * 1024 * 1024,
}

export interface SpoolOptions {
  /** Made when absent. */
  readonly folder: string
  readonly limits: SpoolLimits
  readonly clock: Clock
  readonly log: Log
  readonly disk?: Disk
  /** Told when the disk begins to fail (`why`) and when it works again (undefined). */
  readonly onTrouble?: (why: string | undefined) => void
}

/** A batch to send, on disk or, while that fails, in memory. */
export type Spooled = Stored | { readonly record: SpoolRecord; readonly at?: undefined }

export interface SpoolCounts {
  appended: number
  acked: number
  /** Batches given up, for size or age or because memory was full. */
  dropped: number
  /** fsyncs of appends: fewer than appends when several share one. */
  syncs: number
}

const RETRY = { baseMs: 1_000, maxMs: 30_000 }
/** A segment of an hour ends, so that age is bounded too. */
const MAX_SEGMENT_AGE_MS = 3_600_000
/** Batches lost in memory of which the spans are remembered. */
const MAX_LOST = 1_000

export class Spool {
  readonly counts: SpoolCounts = { appended: 0, acked: 0, dropped: 0, syncs: 0 }
  readonly #options: SpoolOptions
  readonly #disk: Disk
  readonly #segmentBytes: number
  readonly #queue: SegmentQueue
  #writer: SegmentWriter | undefined
  #nextNumber: number
  #heardUntilMs: UnixMs
  readonly #waiting = new WaitingLine()
  #lost: SpoolEntry[] = []
  #flushing: Promise<void> | undefined
  #failures = 0
  #cancelRetry: Cancel = () => {}
  #changed: () => void = () => {}
  #closed = false

  private constructor(options: SpoolOptions) {
    const { folder, limits, log } = options
    this.#options = options
    this.#disk = options.disk ?? realDisk
    this.#segmentBytes = Math.min(4 * 1024 * 1024, Math.max(16 * 1024, limits.maxBytes / 16))
    this.#queue = new SegmentQueue(folder, log)
    this.#nextNumber = this.#queue.firstNumber
    this.#heardUntilMs = this.#queue.heardUntilMs
  }

  /**
   * Opens the spool and proves that it can be written.
   * @throws {SpoolFailure} `unwritable`.
   */
  static async open(options: SpoolOptions): Promise<Spool> {
    try {
      const spool = new Spool(options)
      await spool.#rotate()
      return spool
    } catch (error) {
      const message = `spool ${options.folder}: ${messageOf(error)}`
      throw new SpoolFailure('unwritable', message, { cause: error })
    }
  }

  /** The agent listened until then in earlier runs; 0 when there was none. */
  get heardUntilMs(): UnixMs {
    return this.#queue.heardUntilMs
  }

  /** The disk cannot be written to at present. */
  get failing(): boolean {
    return this.#failures > 0
  }

  /** Bytes not acknowledged, on disk and in memory. */
  get queuedBytes(): number {
    return this.#queue.unreadBytes + this.#waiting.bytes
  }

  /** Bytes of earlier runs that were torn or damaged. */
  get cutBytes(): number {
    return this.#queue.cutBytes
  }

  /** Rejects with `SpoolFailure` `full` or `closed`. */
  append(record: SpoolRecord): Promise<void> {
    if (this.#closed) return Promise.reject(new SpoolFailure('closed', 'the agent is stopping'))
    const bytes = encodeRecord(record)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const settle = (failure?: SpoolFailure) => (failure ? reject(failure) : resolve())
    this.#waiting.push({ record, bytes, settle })
    if (this.failing) {
      this.#boundMemory()
      this.#changed()
    } else this.#flush()
    return promise
  }

  /** The oldest batch that is not acknowledged; undefined when there is none. */
  peek(): Spooled | undefined {
    const stored = this.#queue.peek()
    const first = stored || !this.failing ? undefined : this.#waiting.first
    return stored ?? (first && { record: first.record })
  }

  /** Calls `listener`, the only one, when there may be more to `peek` than before. */
  onChange(listener: () => void): void {
    this.#changed = listener
  }

  /** The cloud has it, or refused it for good. */
  ack(spooled: Spooled): void {
    this.counts.acked++
    if (spooled.at) {
      this.#queue.done(spooled)
      return
    }
    const waiting = this.#waiting.of(spooled.record)
    if (waiting) this.#waiting.leave([waiting])
    waiting?.settle()
  }

  /** What is past the bounds of size and age, or did not fit into memory; it stays until `discard`. */
  overdue(now: UnixMs): Overdue {
    const { segments, entries } = this.#queue.overdue(now, this.#options.limits)
    return { segments, entries: [...entries, ...this.#lost] }
  }

  discard(overdue: Overdue): void {
    if (overdue.entries.length === 0) return
    const { entries } = overdue
    this.#options.log.warn({ batches: entries.length }, 'spool: the oldest batches were dropped')
    this.#queue.discard(overdue)
    const told = new Set(entries)
    const lost = this.#lost.filter((entry) => !told.has(entry))
    this.counts.dropped += entries.length - (this.#lost.length - lost.length)
    this.#lost = lost
  }

  /** Brings to disk what waits, if the disk lets it, and closes. */
  async close(): Promise<void> {
    this.#closed = true
    this.#cancelRetry()
    if (this.#waiting.first) this.#flush()
    await this.#flushing
    for (const { settle } of this.#waiting.takeAll()) {
      settle(new SpoolFailure('closed', 'the agent stops and the disk fails'))
    }
    await this.#writer?.close()
    this.#queue.close()
  }

  #boundMemory(): void {
    const { folder, limits } = this.#options
    for (const { record, settle } of this.#waiting.takeOldestBeyond(limits.maxMemoryBytes)) {
      this.counts.dropped++
      this.#lost.push(record.entry)
      if (this.#lost.length > MAX_LOST) this.#lost.shift()
      settle(new SpoolFailure('full', `${folder}: the disk fails and memory is full`))
    }
  }

  #flush(): void {
    this.#flushing ??= this.#flushAll()
  }

  async #flushAll(): Promise<void> {
    // Appends of one turn of the event loop share the first fsync.
    await Promise.resolve()
    try {
      while (this.#waiting.first) await this.#commit(this.#waiting.group())
    } catch (error) {
      this.#failed(messageOf(error))
    } finally {
      // In the same step as the look at what waits: an append in between would wait for ever.
      this.#flushing = undefined
    }
  }

  async #commit(group: readonly Waiting[]): Promise<void> {
    const newest = group.at(-1)?.record.entry
    if (!newest) return
    const writer = await this.#writable(newest.madeAt)
    await writer.append(Buffer.concat(group.map(({ bytes }) => bytes)), newest.madeAt)
    this.counts.syncs++
    this.counts.appended += group.length
    for (const { record } of group) {
      this.#heardUntilMs = Math.max(this.#heardUntilMs, record.entry.span?.toMs ?? 0)
    }
    this.#waiting.leave(group)
    this.#recovered()
    this.#changed()
    for (const { settle } of group) settle()
  }

  async #writable(now: UnixMs): Promise<SegmentWriter> {
    if (!this.#writer) return this.#rotate()
    const { endBytes, oldestAt } = this.#writer.segment
    const young = oldestAt === 0 || now - oldestAt < MAX_SEGMENT_AGE_MS
    return endBytes < this.#segmentBytes && young ? this.#writer : this.#rotate()
  }

  async #rotate(): Promise<SegmentWriter> {
    const before = this.#writer
    // A number is used once, also when making the file fails half-way.
    const number = this.#nextNumber++
    const { folder } = this.#options
    const writer = await SegmentWriter.create(folder, number, this.#heardUntilMs, this.#disk)
    this.#writer = writer
    this.#queue.push(writer.segment)
    await before?.close()
    return writer
  }

  #failed(why: string): void {
    if (this.#failures++ === 0) {
      this.#options.log.error({ folder: this.#options.folder, why }, 'spool: the disk fails')
      this.#options.onTrouble?.(why)
    }
    // After a failed fsync nobody knows what is on disk: this segment ends where it was last right.
    this.#writer?.close().catch(() => {})
    this.#writer = undefined
    this.#boundMemory()
    this.#changed()
    if (this.#closed) return
    const delayMs = backoffMs(this.#failures, RETRY)
    this.#cancelRetry = this.#options.clock.after(delayMs, () => this.#flush())
  }

  #recovered(): void {
    if (this.#failures === 0) return
    this.#failures = 0
    this.#options.log.info({ folder: this.#options.folder }, 'spool: the disk works again')
    this.#options.onTrouble?.(undefined)
  }
}
