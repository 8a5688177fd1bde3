/** Segments one after the other, each appended to until it is large or old, or the disk fails. */
import type { UnixMs } from '../../model/time.ts'
import type { Place, Segment } from './segment.ts'
import { type Disk, type NewRecord, SegmentWriter } from './segment-writer.ts'

export interface SegmentLogOptions {
  readonly folder: string
  readonly disk: Disk
  readonly segmentBytes: number
  /** Of the first segment to be made. */
  readonly firstNumber: number
  /** The agent listened until then. */
  readonly heardUntilMs: UnixMs
  readonly onSegment: (segment: Segment) => void
}

/** A segment of an hour ends, so that age is bounded too. */
const MAX_SEGMENT_AGE_MS = 3_600_000

export class SegmentLog {
  readonly #options: SegmentLogOptions
  #writer: SegmentWriter | undefined
  #abandoned: Promise<void> | undefined
  #nextNumber: number
  #heardUntilMs: UnixMs

  constructor(options: SegmentLogOptions) {
    this.#options = options
    this.#nextNumber = options.firstNumber
    this.#heardUntilMs = options.heardUntilMs
  }

  /** One write and one fsync; where the records lie. Rejects when the disk fails: then `abandon`. */
  async append(records: readonly NewRecord[], now: UnixMs): Promise<Place[]> {
    const writer = await this.#writable(now)
    const places = await writer.append(records)
    this.#heardUntilMs = writer.segment.heardUntilMs
    return places
  }

  /** Begins a new segment. */
  async rotate(): Promise<SegmentWriter> {
    const before = this.#writer
    // A number is used once, also when making the file fails half-way.
    const number = this.#nextNumber++
    const { folder, disk, onSegment } = this.#options
    const writer = await SegmentWriter.create(folder, number, this.#heardUntilMs, disk)
    this.#writer = writer
    onSegment(writer.segment)
    await before?.close()
    return writer
  }

  /** After a failed fsync nobody knows what is on disk: this segment ends where it was last right. */
  abandon(): void {
    if (this.#writer) this.#abandoned = this.#writer.abandon()
    this.#writer = undefined
  }

  async close(): Promise<void> {
    await this.#abandoned
    await this.#writer?.close()
  }

  async #writable(now: UnixMs): Promise<SegmentWriter> {
    if (!this.#writer) return this.rotate()
    const { endBytes, oldestAt } = this.#writer.segment
    const young = oldestAt === 0 || now - oldestAt < MAX_SEGMENT_AGE_MS
    return endBytes < this.#options.segmentBytes && young ? this.#writer : this.rotate()
  }
}
