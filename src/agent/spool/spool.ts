/**
 * Batches on disk until the cloud has them: two lanes, each in order, bounded in size and age.
 *
 * - `append` resolves when the batch is on disk (one fsync for all that wait), or acknowledged.
 * - `peek` shows the oldest batch of a lane that is not acknowledged, `ack` takes it away for good.
 * - A batch is gone only by `ack`, or by `discard` or damage, which `overdue` tells as unknown.
 * - After a restart a batch that was acknowledged comes again only if an older one was not.
 *
 * When the disk fails, batches wait in bounded memory and can still be sent; it is tried again.
 */
import type { UnixMs } from '../../model/time.ts'
import type { Clock } from '../../support/clock.ts'
import { messageOf } from '../../support/failure.ts'
import type { Log } from '../../support/log.ts'
import { SpoolFailure } from './failure.ts'
import { Intake, type IntakeCounts } from './intake.ts'
import type { Overdue, QueueBounds } from './overdue.ts'
import type { SpoolRecord } from './record.ts'
import type { Stored } from './segment.ts'
import { SegmentLog } from './segment-log.ts'
import { SegmentQueue, type SpoolLane } from './segment-queue.ts'
import { type Disk, realDisk } from './segment-writer.ts'

export type { SpoolLane } from './segment-queue.ts'

export interface SpoolLimits extends QueueBounds {
  /** Bytes that wait in memory while the disk fails. */
  readonly maxMemoryBytes: number
}

export const DEFAULT_SPOOL: SpoolLimits = {
  maxBytes: 512 * 1024 * 1024,
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

export interface SpoolCounts extends IntakeCounts {
  acked: number
  /** Batches given up, for size or age or because memory was full. */
  dropped: number
}

/** A disk may be full at the start: what is on it can be sent. */
const FULL = ['ENOSPC', 'EDQUOT']

export class Spool {
  readonly #options: SpoolOptions
  readonly #queue: SegmentQueue
  readonly #segments: SegmentLog
  readonly #intake: Intake
  #acked = 0
  #discarded = 0
  #changed: () => void = () => {}

  private constructor(options: SpoolOptions) {
    const { folder, limits, log, clock, disk = realDisk, onTrouble } = options
    const queue = new SegmentQueue(folder, log)
    this.#options = options
    this.#queue = queue
    this.#segments = new SegmentLog({
      ...{ folder, disk },
      segmentBytes: Math.min(4 * 1024 * 1024, Math.max(16 * 1024, limits.maxBytes / 16)),
      firstNumber: queue.firstNumber,
      // The first time: since now, should the first segment be damaged.
      heardUntilMs: queue.heardUntilMs || clock.now(),
      onSegment: (segment) => queue.push(segment),
    })
    this.#intake = new Intake({
      ...{ folder, log, clock, onTrouble },
      segments: this.#segments,
      maxMemoryBytes: limits.maxMemoryBytes,
      onChange: () => this.#changed(),
      onTaken: (place) => queue.done(place),
    })
  }

  /**
   * Opens the spool and proves that it can be written; a disk that is full is no reason not to start.
   * @throws {SpoolFailure} `unwritable`.
   */
  static async open(options: SpoolOptions): Promise<Spool> {
    try {
      const spool = new Spool(options)
      await spool.#segments.rotate().catch((error: NodeJS.ErrnoException) => {
        if (FULL.includes(error.code ?? '')) return spool.#intake.failed(messageOf(error))
        spool.#queue.close()
        throw error
      })
      return spool
    } catch (error) {
      const message = `spool ${options.folder}: ${messageOf(error)}`
      throw new SpoolFailure('unwritable', message, { cause: error })
    }
  }

  get counts(): SpoolCounts {
    const { counts } = this.#intake
    return { ...counts, acked: this.#acked, dropped: counts.dropped + this.#discarded }
  }

  /** The agent listened until then in earlier runs; 0 when there was none. */
  get heardUntilMs(): UnixMs {
    return this.#queue.heardUntilMs
  }

  /** The disk cannot be written to at present. */
  get failing(): boolean {
    return this.#intake.failing
  }

  /** Bytes not acknowledged, on disk and in memory. */
  get queuedBytes(): number {
    return this.#queue.unreadBytes + this.#intake.bytes
  }

  /** Age of the oldest batch not acknowledged; 0 when there is none. */
  lagMs(now: UnixMs): number {
    const oldest = this.peek()
    return oldest ? Math.max(0, now - oldest.record.entry.madeAt) : 0
  }

  get queuedBatches(): number {
    return this.#queue.unreadBatches + this.#intake.batches
  }

  /** Bytes that were torn or damaged. */
  get cutBytes(): number {
    return this.#queue.cutBytes
  }

  /** Rejects with `SpoolFailure` `full` or `closed`. */
  append(record: SpoolRecord): Promise<void> {
    return this.#intake.put(record)
  }

  /**
   * The oldest batch that is not acknowledged, of this lane or of all; undefined when there is none.
   * While the disk fails, what waits in memory is in the fresh lane, behind what is on disk.
   */
  peek(lane?: SpoolLane): Spooled | undefined {
    const now = this.#options.clock.now()
    const stored = lane ? this.#queue.peek(lane, now) : this.#queue.oldest()
    if (stored || lane === 'backlog') return stored
    const { first } = this.#intake
    return first && { record: first }
  }

  /** Calls `listener`, the only one, when there may be more to `peek` than before. */
  onChange(listener: () => void): void {
    this.#changed = listener
  }

  /** The cloud has it, or refused it for good. */
  ack(spooled: Spooled): void {
    this.#acked++
    if (spooled.at) this.#queue.done(spooled)
    else this.#intake.take(spooled.record)
  }

  /** What is past the bounds, did not fit into memory or was damaged; it stays until `discard`. */
  overdue(now: UnixMs): Overdue {
    const { segments, batches, unknown } = this.#queue.overdue(now, this.#options.limits)
    const lost = [...this.#intake.lost.all, ...this.#queue.lost.all]
    return { segments, batches, unknown: [...unknown, ...lost] }
  }

  /** Its unknown spans have been told, durably. */
  discard(overdue: Overdue): void {
    this.#intake.lost.remove(overdue.unknown)
    const batches = this.#queue.discard(overdue)
    this.#discarded += batches
    if (batches > 0) this.#options.log.warn({ batches }, 'spool: the oldest batches were dropped')
  }

  /** Brings to disk what waits, if the disk lets it, and closes. */
  async close(): Promise<void> {
    await this.#intake.close()
    await this.#segments.close()
    this.#queue.close()
  }
}
