/** All that memory knows of one environment: its series, which batches are applied, how far agents have got. */
import type { SampleBatch } from '../../../model/sample-batch.ts'
import type { UnixMs } from '../../../model/time.ts'
import { BATCH_LIMITS, type ColumnBatch, ColumnMemory, decodeColumns } from '../../../wire/index.ts'
import { Applied } from '../feeds/applied.ts'
import type { Readings } from '../feeds/readings.ts'
import { Watermark } from '../feeds/watermark.ts'
import type { FlushState } from '../flush/flush-files.ts'
import type { LogRecord } from '../log/log-record.ts'
import { decodeSamples, isSampleRecord } from '../log/sample-record.ts'
import type { AppendedSamples } from '../samples/sample-appending.ts'
import { Head, type HeadLimits } from './head.ts'

export class Memory {
  readonly head: Head
  readonly watermark = new Watermark()
  readonly applied = new Applied()
  /** Of the data when it was flushed last; before that, when it began. */
  flushedAtMs: UnixMs = Infinity
  #heardAt: UnixMs = 0
  /** Of the batch that is replayed. */
  readonly #columns = new ColumnMemory()

  constructor(limits: HeadLimits, readBefore: Readings['lookUp']) {
    this.head = new Head(limits, readBefore)
  }

  apply(batch: ColumnBatch, receivedAt: UnixMs): void {
    this.applied.add(batch.id, receivedAt)
    this.head.apply(batch, receivedAt)
    this.watermark.heard(batch, receivedAt)
    this.#heardAt = Math.max(this.#heardAt, receivedAt)
    this.#begin()
  }

  applySamples(batch: SampleBatch): AppendedSamples {
    const appended = this.head.applySamples(batch)
    this.#begin()
    return appended
  }

  /** Applies a record of the log once more; false when it is none. */
  replay({ bytes, receivedAt }: LogRecord): boolean {
    try {
      if (isSampleRecord(bytes)) {
        this.applySamples(decodeSamples(bytes))
        return true
      }
      const batch = decodeColumns(bytes, BATCH_LIMITS, this.#columns)
      if (!this.applied.has(batch.id)) this.apply(batch, receivedAt)
      return true
    } catch {
      return false
    }
  }

  /** What a flush stores beside its block. `log`: the first segment that is not in it. */
  snapshot(log: number, flushedMs: UnixMs): FlushState {
    const { head, watermark, applied } = this
    return {
      ...{ log, flushedMs, newestMs: head.newestMs, windowMs: head.windowMs },
      applied: applied.snapshot(this.#heardAt),
      watermark: watermark.snapshot(),
      reporters: head.reporters.snapshot(),
      readings: head.readings.snapshot(),
      twins: head.twins.snapshot(),
    }
  }

  /** Takes over what was stored; rows are in blocks. */
  restore(state: FlushState): void {
    const { head } = this
    this.#startAt(state.flushedMs)
    head.newestMs = state.newestMs
    head.windowMs = state.windowMs
    this.applied.merge(state.applied)
    this.watermark.restore(state.watermark)
    head.reporters.restore(state.reporters)
    head.readings.restore(state.readings)
    head.twins.restore(state.twins)
  }

  /** Without a state: repeats are then taken for new, but what is in blocks does not count twice. */
  restoreNote({ flushedMs }: Pick<FlushState, 'flushedMs'>): void {
    this.#startAt(flushedMs)
    this.head.newestMs = flushedMs
  }

  #startAt(flushedMs: UnixMs): void {
    this.head.border.flushedMs = flushedMs
    this.head.border.floorMs = flushedMs + 1
    this.flushedAtMs = flushedMs
  }

  #begin(): void {
    const { newestMs } = this.head.border
    if (this.flushedAtMs === Infinity && newestMs > -Infinity) this.flushedAtMs = newestMs
  }
}
