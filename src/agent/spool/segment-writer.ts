/** Appends to the newest segment: a group of records is one write and one fsync. */
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { UnixMs } from '../../model/time.ts'
import { syncFolder } from './folder.ts'
import { encodeSegmentHead, SEGMENT_HEAD_BYTES } from './record.ts'
import { type Segment, segmentPath } from './segment.ts'

/** What the disk is asked to do; tests slow it down or make it fail. */
export interface Disk {
  write(file: FileHandle, bytes: Buffer): Promise<void>
  sync(file: FileHandle): Promise<void>
}

export const realDisk: Disk = {
  write: (file, bytes) => file.appendFile(bytes),
  sync: (file) => file.datasync(),
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
    const file = await open(path, 'ax')
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
    const segment = { number, path, endBytes: SEGMENT_HEAD_BYTES, oldestAt: 0, newestAt: 0 }
    return new SegmentWriter(segment, file, disk)
  }

  /** After a failure this segment ends before `bytes`: go on with another. */
  async append(bytes: Buffer, madeAt: UnixMs): Promise<void> {
    await this.#disk.write(this.#file, bytes)
    await this.#disk.sync(this.#file)
    // Writing to a file that somebody removed goes well, for nothing.
    if ((await this.#file.stat()).nlink === 0) throw new Error(`${this.segment.path} was removed`)
    this.segment.endBytes += bytes.length
    this.segment.oldestAt ||= madeAt
    this.segment.newestAt = madeAt
  }

  async close(): Promise<void> {
    await this.#file.close()
  }
}
