/** Appends to the newest segment: a group of records is one write and one fsync. */
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { UnixMs } from '../../model/time.ts'
import { syncFolder } from '../../support/whole-file.ts'
import { encodeSegmentHead, type SpoolRecord } from './record.ts'
import { countRecord, newSegment, type Place, type Segment, segmentPath } from './segment.ts'

/** What the disk is asked to do; tests slow it down or make it fail. */
export interface Disk {
  /** A new file, to append to. */
  create(path: string): Promise<FileHandle>
  write(file: FileHandle, bytes: Buffer): Promise<void>
  sync(file: FileHandle): Promise<void>
  /** Cuts the end off. */
  truncate(file: FileHandle, bytes: number): Promise<void>
}

export const realDisk: Disk = {
  create: (path) => open(path, 'ax'),
  write: (file, bytes) => file.appendFile(bytes),
  sync: (file) => file.datasync(),
  truncate: (file, bytes) => file.truncate(bytes),
}

/** A batch, and as it will be written. */
export interface NewRecord {
  readonly record: SpoolRecord
  readonly bytes: Buffer
}

export class SegmentWriter {
  readonly segment: Segment
  readonly #file: FileHandle
  readonly #disk: Disk

  private constructor(segment: Segment, file: FileHandle, disk: Disk) {
    this.segment = segment
    this.#file = file
    this.#disk = disk
  }

  /** A new segment, durable when this resolves; in a new folder when somebody removed it. */
  static async create(
    folder: string,
    number: number,
    heardUntilMs: UnixMs,
    disk: Disk,
  ): Promise<SegmentWriter> {
    const path = segmentPath(folder, number)
    await mkdir(folder, { recursive: true })
    const file = await disk.create(path)
    try {
      await disk.write(file, encodeSegmentHead(heardUntilMs))
      await disk.sync(file)
      syncFolder(dirname(path))
    } catch (error) {
      await file.close()
      // Or a full disk would fill with these.
      await rm(path, { force: true })
      throw error
    }
    return new SegmentWriter(newSegment(path, number, heardUntilMs), file, disk)
  }

  /**
   * Durable when this resolves: where the records lie. After a failure this segment ends before
   * them: go on with another.
   */
  async append(records: readonly NewRecord[]): Promise<Place[]> {
    await this.#disk.write(this.#file, Buffer.concat(records.map(({ bytes }) => bytes)))
    await this.#disk.sync(this.#file)
    // Writing to a file that somebody removed goes well, for nothing.
    if ((await this.#file.stat()).nlink === 0) throw new Error(`${this.segment.path} was removed`)
    return records.map(({ record, bytes }) => {
      const { number, endBytes } = this.segment
      countRecord(this.segment, record.entry, endBytes + bytes.length)
      return { at: { segment: number, atBytes: endBytes }, nextBytes: endBytes + bytes.length }
    })
  }

  async close(): Promise<void> {
    await this.#file.close()
  }

  /** Ends where it was last right: what a failed write left would come twice. Never rejects. */
  async abandon(): Promise<void> {
    await this.#disk.truncate(this.#file, this.segment.endBytes).catch(() => {})
    await this.#file.close().catch(() => {})
  }
}
