/** Where the memory and the blocks of one environment meet. */
import type { UnixMs } from '../../../model/time.ts'
import type { SeriesRecord } from './series-record.ts'

export class Border {
  /** From here on memory has all rows. Of older times it has only what came late: blocks have the rest. */
  floorMs: UnixMs = -Infinity
  /** Rows up to here are in blocks, or in the flush under way; those that changed since are `dirty`. */
  flushedMs: UnixMs = -Infinity
  /** Time of the newest row of memory. */
  newestMs: UnixMs = -Infinity
  /** Flushes begun. */
  epoch = 0
  /** Records with rows that changed after they were flushed. */
  readonly dirty = new Set<SeriesRecord>()
  /** Records with rows that came late. */
  readonly late = new Set<SeriesRecord>()
  /** Set while a flush takes records, one by one: it wants a record as it was when the flush began. */
  taker: ((record: SeriesRecord) => void) | undefined

  /** Whether rows of that time concern nobody but their record: they are new to blocks, and no flush is under way. */
  isBehind(time: UnixMs): boolean {
    return !this.taker && time >= this.floorMs && time > this.flushedMs
  }

  /** Memory has rows of that time. */
  reached(time: UnixMs): void {
    if (time > this.newestMs) this.newestMs = time
  }

  /** Before a record changes that the flush under way may not have taken yet. */
  takeFirst(record: SeriesRecord): void {
    this.taker?.(record)
    record.takenIn = this.epoch
  }
}
