/** Statistics on their way into memory: the rows of a window at once, column by column where they can be. */
import type { StatKey } from '../../../model/stat.ts'
import type { UnixMs } from '../../../model/time.ts'
import type { StatColumns, StatKeys } from '../../../wire/index.ts'
import type { Border } from './border.ts'
import type { Family } from './family.ts'
import { foldedKeys } from './fold.ts'
import { STAT_MERGES, statLabels } from './metrics.ts'
import { statRecordKey } from './record-key.ts'
import { RowAppender } from './row-appender.ts'
import type { SeriesRecord } from './series-record.ts'
import {
  type BatchRecords,
  LEFT_OUT,
  StatRecords,
  type WindowRecords,
  type WindowRows,
} from './stat-records.ts'

/** Folded keys may be so many more, in parts of the limit: each way of folding has its own share. */
const FOLDED_SHARE = 0.05

/** How rows of a window reach their record. */
export interface StatPut extends Pick<WindowRecords<SeriesRecord>, 'counts'> {
  readonly row: (record: SeriesRecord, row: ArrayLike<number>) => void
  /** Rows add up with what is there, under this time. Absent: they are put there in another way. */
  readonly addsAt?: UnixMs
}

export class StatIntake {
  /** Rows not kept because there were too many keys. */
  dropped = 0
  /** Rows that count under a key that tells less, because there were too many. */
  folded = 0
  readonly #family: Family
  readonly #border: Border
  readonly #maxRecords: number
  readonly #records = new StatRecords<SeriesRecord>()
  readonly #appender: RowAppender
  readonly #row = new Float64Array(STAT_MERGES.length)
  /** Rows of the window at hand that go the long way. */
  readonly #others: number[] = []
  /** Records that have no room for another row. */
  readonly #full: number[] = []

  constructor(family: Family, border: Border, maxRecords: number) {
    this.#family = family
    this.#border = border
    this.#maxRecords = maxRecords
    this.#appender = new RowAppender(family.room.open)
  }

  /** For the keys of a batch; good until the next `forgetGone`. */
  batch(keys: StatKeys): BatchRecords<SeriesRecord> {
    return this.#records.batch(keys)
  }

  /** The rows of a window. */
  apply(stats: StatColumns, records: BatchRecords<SeriesRecord>, put: StatPut): void {
    const window = records.window({
      counts: put.counts,
      make: (key) => this.#record(key),
      instead: (key) => this.#foldedRecord(key),
    })
    const { addsAt } = put
    if (addsAt !== undefined && this.#border.isBehind(addsAt)) this.#append(stats, window, addsAt)
    else for (let row = 0; row < stats.length; row++) this.#others.push(row)
    for (const row of this.#others) {
      const record = window.record(stats.keyIndexes[row] as number)
      if (!record) continue
      stats.read(row, this.#row)
      put.row(record, this.#row)
    }
    this.#others.length = 0
  }

  forgetGone(): void {
    this.#records.forgetGone()
  }

  /** Behind the rows their records have; `#others` are those that do not go there. */
  #append(stats: StatColumns, window: WindowRows<SeriesRecord>, time: UnixMs): void {
    const { keyIndexes, values, length } = stats
    this.#appender.begin(length)
    for (let row = 0; row < length; row++) {
      const number = window.find(keyIndexes[row] as number)
      if (number === LEFT_OUT) continue
      const left = number < 0 ? -1 : this.#appender.note(row, window.place(number), time)
      if (left < 0) this.#others.push(row)
      else if (left === 0) this.#full.push(number)
    }
    if (this.#appender.write(values)) this.#border.reached(time)
    for (const number of this.#full) window.numbered(number)?.timeline.pack()
    this.#full.length = 0
  }

  /** Undefined when there is no room. */
  #record(key: StatKey): SeriesRecord | undefined {
    const text = statRecordKey(key)
    const known = this.#family.record(text)
    if (known || this.#family.size >= this.#maxRecords) return known
    return this.#create(text, key)
  }

  #foldedRecord(key: StatKey): SeriesRecord | undefined {
    this.folded++
    for (const [way, folded] of foldedKeys(key).entries()) {
      const text = statRecordKey(folded)
      const known = this.#family.record(text)
      if (known) return known
      const most = this.#maxRecords * (1 + (way + 1) * FOLDED_SHARE)
      if (this.#family.size < most) return this.#create(text, folded)
    }
    this.dropped++
    return undefined
  }

  #create(text: string, key: StatKey): SeriesRecord {
    return this.#family.create(text, statLabels(key), STAT_MERGES)
  }
}
