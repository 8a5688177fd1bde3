/**
 * The append-only log of one environment: segments `000000000001.log` … in its folder, with what came since the
 * last flush. Appends that arrive while a commit runs share the next one (group commit).
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
import { setImmediate } from 'node:timers/promises'
import { syncFolder } from '../durable-file.ts'
import { diskFailure, SeriesFailure } from '../failure.ts'
import { SEGMENT_NAME } from '../layout.ts'
import { encodeRecord, type LogRecord, scanRecords } from './log-record.ts'

const SEGMENT_BYTES = 64 * 1024 * 1024

interface Segment {
  readonly number: number
  bytes: number
}

interface Waiting {
  readonly record: LogRecord
  readonly apply: () => void
  readonly done: () => void
  readonly failed: (error: unknown) => void
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
  #cuts: ((firstSegment: number) => void)[] = []
  /** Of the newest segment there ever was: what a flush says of numbers holds for good. */
  #newest = 0
  /** The next record begins a segment. */
  #isCut = false
  #running: Promise<void> | undefined
  #closed = false

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Bytes of all segments. */
  get bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  /**
   * Removes the segments before `first`, which are all in blocks, and reads every record of the others, oldest
   * first. A torn tail is cut off.
   * @throws {SeriesFailure} a segment that cannot be read.
   */
  async open(first: number, take: (record: LogRecord) => void): Promise<LogReport> {
    const report: LogReport = { segments: 0, records: 0, broken: 0, tornBytes: 0 }
    try {
      await mkdir(this.#folder, { recursive: true })
      const names = (await readdir(this.#folder)).filter((name) => SEGMENT_NAME.test(name)).sort()
      for (const name of names) {
        if (numberOf(name) < first) await rm(join(this.#folder, name), { force: true })
        else await this.#read(name, take, report)
      }
    } catch (cause) {
      throw diskFailure(cause, `read ${this.#folder}`)
    }
    this.#newest = Math.max(first - 1, this.#segments.at(-1)?.number ?? 0)
    return report
  }

  /**
   * `apply` is called when the record is durable, in the order of the log, before this resolves.
   * @throws {SeriesFailure} it may be stored or not.
   */
  append(record: LogRecord, apply: () => void): Promise<void> {
    if (this.#closed) return Promise.reject(closedFailure())
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#waiting.push({ record, apply, done: resolve, failed: reject })
    this.#running ??= this.#run()
    return promise
  }

  /**
   * Calls `at` between two commits: all that is applied by then is in segments before the one it is told of,
   * nothing else is.
   */
  cut<Answer>(at: (firstSegment: number) => Answer): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    this.#cuts.push((firstSegment) => {
      try {
        resolve(at(firstSegment))
      } catch (error) {
        reject(error)
      }
    })
    this.#running ??= this.#run()
    return promise
  }

  /** Removes the segments before `first`. */
  async dropBefore(first: number): Promise<void> {
    for (const segment of this.#segments.filter(({ number }) => number < first)) {
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

  async #read(name: string, take: (record: LogRecord) => void, report: LogReport): Promise<void> {
    const path = join(this.#folder, name)
    const content = await readFile(path)
    const segment = emptySegment(numberOf(name))
    segment.bytes = content.length
    const { broken, tornBytes } = scanRecords(content, (record) => {
      take(record)
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
    while (this.#waiting.length > 0 || this.#cuts.length > 0) {
      this.#cutHere()
      const group = this.#waiting
      this.#waiting = []
      if (group.length > 0) await this.#take(group)
    }
    this.#running = undefined
  }

  async #take(group: readonly Waiting[]): Promise<void> {
    try {
      await this.#commit(group)
    } catch (cause) {
      const failure = diskFailure(cause, `write to ${this.#folder}`)
      for (const { failed } of group) failed(failure)
      return
    }
    for (const [at, { apply, done, failed }] of group.entries()) {
      // One at a time: each may take some milliseconds.
      if (at > 0) await setImmediate()
      try {
        apply()
        done()
      } catch (error) {
        failed(error)
      }
    }
  }

  #cutHere(): void {
    const cuts = this.#cuts
    this.#cuts = []
    if (cuts.length === 0) return
    this.#isCut = true
    for (const cut of cuts) cut(this.#newest + 1)
  }

  async #commit(group: readonly Waiting[]): Promise<void> {
    const bytes = Buffer.concat(group.map(({ record }) => encodeRecord(record)))
    const { file, segment } = await this.#current()
    try {
      await writeAll(file, bytes, segment.bytes)
      await file.datasync()
    } catch (cause) {
      await this.#abandon(file, segment)
      throw cause
    }
    this.commits++
    segment.bytes += bytes.length
  }

  /** The segment to write to, a new one when the last is full, behind a cut, or has failed. */
  async #current(): Promise<{ file: FileHandle; segment: Segment }> {
    const last = this.#segments.at(-1)
    const goesOn = last && last.bytes < SEGMENT_BYTES && !this.#isCut
    if (goesOn && this.#file) return { file: this.#file, segment: last }
    await this.#file?.close()
    this.#file = undefined
    const segment = goesOn ? last : emptySegment(this.#newest + 1)
    await mkdir(this.#folder, { recursive: true })
    this.#file = await open(this.#path(segment), constants.O_RDWR | constants.O_CREAT)
    await syncFolder(this.#folder)
    if (segment !== last) this.#segments.push(segment)
    this.#newest = segment.number
    this.#isCut = false
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
  return { number, bytes: 0 }
}

function numberOf(name: string): number {
  return Number(name.slice(0, 12))
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
