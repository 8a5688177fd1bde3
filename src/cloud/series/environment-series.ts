/** The series of one environment: its log, what it has applied, its data in memory. */
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { z } from 'zod'
import type { UnixMs } from '../../model/time.ts'
import { type Batch, type BatchId, decodeBatch } from '../../wire/index.ts'
import { Applied, appliedSchema } from './applied.ts'
import { BatchLog, type LogReport } from './batch-log.ts'
import { replaceFile } from './durable-file.ts'
import { SeriesFailure } from './failure.ts'
import { Head, type HeadLimits, newestOf } from './head.ts'
import type { LogRecord } from './log-record.ts'
import { Watermark } from './watermark.ts'

const CHECKPOINT = 'applied.json'
/** Data older than this is refused: measured against the newest data, not against the clock. */
const TAKEN_MS = 25 * 3600_000
/** How far ahead of its arrival data may be. */
const AHEAD_MS = 600_000

export interface SeriesStats {
  /** Keys in memory. */
  readonly records: number
  /** Rows and events not kept, or not kept as long as usual. */
  readonly dropped: number
  /** Times the disk was waited for. */
  readonly commits: number
}

export class EnvironmentSeries {
  readonly head: Head
  readonly watermark = new Watermark()
  readonly #folder: string
  readonly #retentionMs: number
  readonly #log: BatchLog
  readonly #applied = new Applied()
  readonly #arriving = new Map<string, Promise<void>>()
  #dropping: Promise<void> = Promise.resolve()

  constructor(folder: string, limits: HeadLimits) {
    this.#folder = folder
    this.#retentionMs = limits.retentionMs
    this.#log = new BatchLog(folder)
    this.head = new Head(limits)
  }

  /** Takes in what is on disk; `broken` also counts records that are no batch, and a broken checkpoint. */
  async open(): Promise<LogReport> {
    await mkdir(this.#folder, { recursive: true })
    let broken = 0
    const report = await this.#log.open((record) => {
      const newest = this.#replay(record)
      if (newest === undefined) broken++
      return newest ?? -Infinity
    })
    // Last: what it knows as applied may be in the segments still, and had to be replayed.
    const checkpoint = await readCheckpoint(join(this.#folder, CHECKPOINT))
    if (checkpoint) this.#applied.merge(checkpoint)
    else broken++
    return { ...report, broken: report.broken + broken }
  }

  /** `bytes`: the batch as it came. */
  async append(batch: Batch, bytes: Buffer, receivedAt: UnixMs): Promise<{ applied: boolean }> {
    if (this.#applied.has(batch.id)) return { applied: false }
    const id = textOf(batch.id)
    const arriving = this.#arriving.get(id)
    if (arriving) {
      await arriving
      return { applied: false }
    }
    this.#checkAge(batch, receivedAt)
    const stored = this.#log.append({ receivedAt, bytes }, newestOf(batch) ?? -Infinity)
    this.#arriving.set(id, stored)
    try {
      await stored
      this.#applied.add(batch.id, receivedAt)
      await this.head.applyInSlices(batch, receivedAt)
      this.watermark.heard(batch, receivedAt)
    } finally {
      this.#arriving.delete(id)
    }
    return { applied: true }
  }

  /** Sizes for our own metrics. */
  stats(): SeriesStats {
    const { records, dropped, events } = this.head
    return { records, dropped: dropped + events.dropped, commits: this.#log.commits }
  }

  /** Drops segments past the retention; what they taught of applied batches is stored before. */
  dropOld(now: UnixMs): Promise<void> {
    if (this.#oldSegments().length > 0) {
      this.#dropping = this.#dropping.catch(() => {}).then(() => this.#drop(now))
    }
    return this.#dropping
  }

  async close(): Promise<void> {
    await this.#dropping.catch(() => {})
    await this.#log.close()
  }

  async remove(): Promise<void> {
    await this.close()
    await rm(this.#folder, { recursive: true, force: true })
  }

  #oldSegments(): number[] {
    return this.#log.segmentsBefore(this.head.newestMs - this.#retentionMs)
  }

  async #drop(now: UnixMs): Promise<void> {
    // Chosen before the snapshot: it knows all that is in them.
    const old = this.#oldSegments()
    if (old.length === 0) return
    const snapshot = JSON.stringify(this.#applied.snapshot(now))
    await replaceFile(join(this.#folder, CHECKPOINT), snapshot)
    await this.#log.drop(old)
  }

  #apply(batch: Batch, receivedAt: UnixMs): void {
    this.#applied.add(batch.id, receivedAt)
    this.head.apply(batch, receivedAt)
    this.watermark.heard(batch, receivedAt)
  }

  #replay({ bytes, receivedAt }: LogRecord): UnixMs | undefined {
    try {
      const batch = decodeBatch(bytes)
      if (!this.#applied.has(batch.id)) this.#apply(batch, receivedAt)
      return newestOf(batch)
    } catch {
      return undefined
    }
  }

  #checkAge(batch: Batch, receivedAt: UnixMs): void {
    const newest = newestOf(batch)
    if (newest === undefined) return
    if (newest < this.head.newestMs - TAKEN_MS) {
      const hours = ((this.head.newestMs - newest) / 3600_000).toFixed(1)
      throw new SeriesFailure('too-old', `all of it is ${hours} h or more behind; 25 h are taken`)
    }
    if (newest > receivedAt + AHEAD_MS) {
      const minutes = ((newest - receivedAt) / 60_000).toFixed(1)
      throw new SeriesFailure(
        'too-new',
        `it is ${minutes} min ahead of the clock; 10 min are taken`,
      )
    }
  }
}

function textOf({ agent, epoch, seq }: BatchId): string {
  return `${agent}/${epoch}/${seq}`
}

/** Undefined when it is broken: batches of segments long gone may then be applied again. */
async function readCheckpoint(path: string): Promise<z.infer<typeof appliedSchema> | undefined> {
  try {
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '{}'
      throw error
    })
    return appliedSchema.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}
