/**
 * Batches on their way to disk: those that wait share a write and an fsync. While the disk fails they
 * wait in bounded memory and can be sent from there; it is tried again.
 */
import { backoffMs } from '../../support/backoff.ts'
import type { Cancel, Clock } from '../../support/clock.ts'
import { messageOf } from '../../support/failure.ts'
import type { Log } from '../../support/log.ts'
import { SpoolFailure } from './failure.ts'
import { LostSpans } from './lost-spans.ts'
import { encodeRecord, type SpoolRecord } from './record.ts'
import type { Place } from './segment.ts'
import type { SegmentLog } from './segment-log.ts'
import { type Waiting, WaitingLine } from './waiting-line.ts'

export interface IntakeOptions {
  /** For messages. */
  readonly folder: string
  readonly log: Log
  readonly clock: Clock
  readonly segments: SegmentLog
  readonly maxMemoryBytes: number
  /** There may be more to send. */
  readonly onChange: () => void
  /** A batch that the cloud took while it was being written lies here. */
  readonly onTaken: (place: Place) => void
  /** The disk begins to fail (`why`), or works again (undefined). */
  readonly onTrouble: ((why: string | undefined) => void) | undefined
}

export interface IntakeCounts {
  /** Batches brought to disk. */
  appended: number
  /** Batches for which there was no memory. */
  dropped: number
  /** fsyncs of appends. */
  syncs: number
}

const RETRY = { baseMs: 1_000, maxMs: 30_000 }

export class Intake {
  readonly counts: IntakeCounts = { appended: 0, dropped: 0, syncs: 0 }
  /** Of batches dropped. */
  readonly lost = new LostSpans()
  readonly #options: IntakeOptions
  readonly #line = new WaitingLine()
  /** Where batches lie that waited in memory, and may be on their way to the cloud. */
  readonly #places = new WeakMap<SpoolRecord, Place>()
  #flushing: Promise<void> | undefined
  #failures = 0
  #cancelRetry: Cancel = () => {}
  #closed = false

  constructor(options: IntakeOptions) {
    this.#options = options
  }

  /** The disk cannot be written to at present. */
  get failing(): boolean {
    return this.#failures > 0
  }

  get bytes(): number {
    return this.#line.bytes
  }

  get batches(): number {
    return this.#line.batches
  }

  /** The oldest that waits in memory because the disk fails. */
  get first(): SpoolRecord | undefined {
    return this.failing ? this.#line.first?.record : undefined
  }

  /** Resolves when it is on disk or taken; rejects with `SpoolFailure` `full` or `closed`. */
  put(record: SpoolRecord): Promise<void> {
    if (this.#closed) return Promise.reject(new SpoolFailure('closed', 'the agent is stopping'))
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const settle = (failure?: SpoolFailure) => (failure ? reject(failure) : resolve())
    this.#line.push({ record, bytes: encodeRecord(record), settle, taken: false })
    if (this.failing) {
      this.#boundMemory()
      this.#options.onChange()
    } else this.#flush()
    return promise
  }

  /** The cloud took it from memory. */
  take(record: SpoolRecord): void {
    const place = this.#places.get(record)
    if (place) this.#options.onTaken(place)
    const waiting = this.#line.of(record)
    if (!waiting) return
    waiting.taken = true
    waiting.settle()
    // What is being written stays until it is known where.
    if (!this.#flushing) this.#line.dropTaken()
  }

  /** The disk cannot be written to; it is tried again. */
  failed(why: string): void {
    const { folder, log, clock, segments, onTrouble, onChange } = this.#options
    if (this.#failures++ === 0) {
      log.error({ folder, why }, 'spool: the disk fails')
      onTrouble?.(why)
    }
    segments.abandon()
    this.#line.dropTaken()
    this.#boundMemory()
    onChange()
    if (this.#closed) return
    this.#cancelRetry = clock.after(backoffMs(this.#failures, RETRY), () => this.#flush())
  }

  /** Brings to disk what waits, if the disk lets it. */
  async close(): Promise<void> {
    this.#closed = true
    this.#cancelRetry()
    if (this.#line.batches > 0) this.#flush()
    await this.#flushing
    for (const { settle } of this.#line.takeAll()) {
      settle(new SpoolFailure('closed', 'the agent stops and the disk fails'))
    }
  }

  #boundMemory(): void {
    const { folder, maxMemoryBytes } = this.#options
    for (const { record, settle, taken } of this.#line.takeOldestBeyond(maxMemoryBytes)) {
      if (taken) continue
      this.counts.dropped++
      if (record.entry.span) this.lost.add({ ...record.entry.span, reason: 'overflow' })
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
      // Or nobody would find out that the disk works again.
      if (this.#line.batches === 0) await this.#options.segments.rotate()
      while (this.#line.batches > 0) await this.#commit(this.#line.group())
      this.#recovered()
    } catch (error) {
      this.failed(messageOf(error))
    } finally {
      // In the same step as the look at what waits: an append in between would wait for ever.
      this.#flushing = undefined
    }
  }

  async #commit(group: readonly Waiting[]): Promise<void> {
    const { segments, onTaken, onChange } = this.#options
    const now = group.at(-1)?.record.entry.madeAt ?? 0
    const places = await segments.append(group, now)
    this.counts.syncs++
    this.counts.appended += group.length
    this.#line.leave(group)
    for (const [index, { record, taken }] of group.entries()) {
      const place = places[index]
      if (place && taken) onTaken(place)
      else if (place && this.failing) this.#places.set(record, place)
    }
    this.#recovered()
    onChange()
    for (const { settle } of group) settle()
  }

  #recovered(): void {
    if (this.#failures === 0) return
    const { folder, log, onTrouble } = this.#options
    this.#failures = 0
    log.info({ folder }, 'spool: the disk works again')
    onTrouble?.(undefined)
  }
}
