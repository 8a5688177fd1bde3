/**
 * The append-only log of one environment: segments `000000000001.log` … in its folder.
 * Appends that arrive while a commit runs share the next one (group commit).
 */
import {
  constants,
  type FileHandle,
  mkdir,
  open,
  readdir,
  readFile,
  rm,
  truncate,
} from 'node:fs/promises'
import { join } from 'node:path'
import type { UnixMs } from '../../model/time.ts'
import { syncFolder } from './durable-file.ts'
import { diskFailure, SeriesFailure } from './failure.ts'
import { encodeRecord, type LogRecord, scanRecords } from './log-record.ts'

const SEGMENT_BYTES = 64 * 1024 * 1024
const SEGMENT_MS = 3600_000

interface Segment {
  readonly number: number
  bytes: number
  /** The newest data in it; what is all older than the retention can go. */
  newestMs: UnixMs
  /** When its first record arrived. */
  since: UnixMs | undefined
}

interface Waiting {
  readonly record: LogRecord
  readonly newestMs: UnixMs
  readonly done: () => void
  readonly failed: (failure: SeriesFailure) => void
}

/** What reading a log found. */
export interface LogReport {
  segments: number
  records: number
  broken: number
  tornBytes: number
}

export class BatchLog {
  /** Groups made durable. */
  commits = 0
  readonly #folder: string
  readonly #segments: Segment[] = []
  #file: FileHandle | undefined
  #waiting: Waiting[] = []
  #running: Promise<void> | undefined
  #closed = false

  constructor(folder: string) {
    this.#folder = folder
  }

  /**
   * Reads every record, oldest first; `take` answers with the newest instant the record tells of.
   * A torn tail is cut off.
   * @throws {SeriesFailure} a segment that cannot be read.
   */
  async open(take: (record: LogRecord) => UnixMs): Promise<LogReport> {
    const report: LogReport = { segments: 0, records: 0, broken: 0, tornBytes: 0 }
    try {
      await mkdir(this.#folder, { recursive: true })
      const names = (await readdir(this.#folder))
        .filter((name) => /^\d{12}\.log$/.test(name))
        .sort()
      for (const name of names) await this.#read(name, take, report)
    } catch (cause) {
      throw diskFailure(cause, `read ${this.#folder}`)
    }
    return report
  }

  /** Resolves when the record is durable. @throws {SeriesFailure} it may be stored or not. */
  append(record: LogRecord, newestMs: UnixMs): Promise<void> {
    if (this.#closed) return Promise.reject(closedFailure())
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#waiting.push({ record, newestMs, done: resolve, failed: reject })
    this.#running ??= this.#run()
    return promise
  }

  /** Numbers of the segments whose data is all before `time`, without the one that is written to. */
  segmentsBefore(time: UnixMs): number[] {
    return this.#segments
      .slice(0, -1)
      .filter(({ newestMs }) => newestMs < time)
      .map(({ number }) => number)
  }

  async drop(numbers: readonly number[]): Promise<void> {
    for (const segment of this.#segments.filter(({ number }) => numbers.includes(number))) {
      await rm(this.#path(segment), { force: true })
      this.#segments.splice(this.#segments.indexOf(segment), 1)
    }
    await syncFolder(this.#folder)
  }

  /** What waits is still committed. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#running
    await this.#file?.close()
    this.#file = undefined
  }

  async #read(name: string, take: (record: LogRecord) => UnixMs, report: LogReport): Promise<void> {
    const path = join(this.#folder, name)
    const content = await readFile(path)
    const number = Number(name.slice(0, 12))
    const segment = emptySegment(number)
    segment.bytes = content.length
    const { broken, tornBytes } = scanRecords(content, (record) => {
      segment.since ??= record.receivedAt
      segment.newestMs = Math.max(segment.newestMs, take(record))
      report.records++
    })
    if (tornBytes > 0) {
      segment.bytes -= tornBytes
      await truncate(path, segment.bytes)
    }
    report.segments++
    report.broken += broken
    report.tornBytes += tornBytes
    this.#segments.push(segment)
  }

  async #run(): Promise<void> {
    // Those of this turn of the event loop go together.
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      const group = this.#waiting
      this.#waiting = []
      try {
        await this.#commit(group)
        for (const { done } of group) done()
      } catch (cause) {
        const failure = diskFailure(cause, `write to ${this.#folder}`)
        for (const { failed } of group) failed(failure)
      }
    }
    this.#running = undefined
  }

  async #commit(group: readonly Waiting[]): Promise<void> {
    const bytes = Buffer.concat(group.map(({ record }) => encodeRecord(record)))
    const now = group[0]?.record.receivedAt ?? 0
    const { file, segment } = await this.#current(now)
    try {
      await writeAll(file, bytes, segment.bytes)
      await file.datasync()
    } catch (cause) {
      await this.#abandon(file, segment)
      throw cause
    }
    this.commits++
    segment.bytes += bytes.length
    segment.since ??= now
    for (const { newestMs } of group) segment.newestMs = Math.max(segment.newestMs, newestMs)
  }

  /** The segment to write to, a new one when the last is full, old or has failed. */
  async #current(now: UnixMs): Promise<{ file: FileHandle; segment: Segment }> {
    const last = this.#segments.at(-1)
    const full = last && (last.bytes >= SEGMENT_BYTES || now - (last.since ?? now) >= SEGMENT_MS)
    if (last && !full && this.#file) return { file: this.#file, segment: last }
    await this.#file?.close()
    this.#file = undefined
    const segment = last && !full ? last : emptySegment((last?.number ?? 0) + 1)
    await mkdir(this.#folder, { recursive: true })
    this.#file = await open(this.#path(segment), constants.O_RDWR | constants.O_CREAT)
    await syncFolder(this.#folder)
    if (segment !== last) this.#segments.push(segment)
    return { file: this.#file, segment }
  }

  /** After a failure nothing is known of the bytes behind `segment.bytes`: cut them, and open anew. */
  async #abandon(file: FileHandle, segment: Segment): Promise<void> {
    this.#file = undefined
    await file.truncate(segment.bytes).catch(() => {})
    await file.close().catch(() => {})
  }

  #path({ number }: Segment): string {
    return join(this.#folder, `${String(number).padStart(12, '0')}.log`)
  }
}

function emptySegment(number: number): Segment {
  return { number, bytes: 0, newestMs: -Infinity, since: undefined }
}

export function closedFailure(): SeriesFailure {
  return new SeriesFailure('closed', 'the store is closed', { retryable: true })
}

async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, at, bytes.length - at, position + at)
    at += bytesWritten
  }
}
