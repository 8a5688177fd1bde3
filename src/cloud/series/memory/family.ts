/** A family: records of one kind in memory, each with its labels and rows that several metrics read. */
import type { Labels } from '../../../model/labels.ts'
import type { LabelMatcher } from '../block/label-matcher.ts'
import type { Merge } from '../block/record-rows.ts'
import type { Border } from './border.ts'
import { LabelIndex } from './label-index.ts'
import type { Metric } from './metric.ts'
import { RowRoom } from './row-room.ts'
import { SeriesRecord } from './series-record.ts'

export class Family {
  /** Of blocks. */
  readonly name: string
  /** Columns of a record. */
  readonly width: number
  readonly metrics: readonly Metric[]
  readonly #border: Border
  readonly room: RowRoom
  readonly #records = new Map<string, SeriesRecord>()
  readonly #index = new LabelIndex<SeriesRecord>()
  /** Records ever: their numbers are less. */
  made = 0

  constructor(name: string, width: number, metrics: readonly Metric[], border: Border) {
    this.name = name
    this.width = width
    this.metrics = metrics
    this.#border = border
    this.room = new RowRoom(width)
  }

  get size(): number {
    return this.#records.size
  }

  records(): Iterable<SeriesRecord> {
    return this.#records.values()
  }

  record(key: string): SeriesRecord | undefined {
    return this.#records.get(key)
  }

  create(key: string, labels: Labels, merges: readonly Merge[]): SeriesRecord {
    const record = new SeriesRecord({ key, labels, merges }, this.#border, {
      number: this.made++,
      room: this.room,
    })
    this.#records.set(key, record)
    this.#index.add(record, labels)
    return record
  }

  /** In a stable order. */
  find(matchers: readonly LabelMatcher[]): readonly SeriesRecord[] {
    return this.#index.find(matchers)
  }

  labelNames(): Iterable<string> {
    return this.#index.names()
  }

  labelValues(name: string): Iterable<string> {
    return this.#index.values(name)
  }

  /** Forgets rows that are in blocks and before `floorMs`, and records that have none left. */
  tidy(record: SeriesRecord, floorMs: number): void {
    record.tidy(floorMs)
    if (!record.isEmpty) return
    record.isGone = true
    record.timeline.release()
    this.#records.delete(record.key)
    this.#index.remove(record, record.labels)
  }

  /** Nobody remembers records that are gone. */
  reuse(): void {
    this.room.open.reuse()
  }
}
