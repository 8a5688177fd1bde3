/** Finds the records of statistics by the columns of their keys, without an object or a text for each row. */
import type { StatKey } from '../../../model/stat.ts'
import { KEY_NUMBERS, KEY_TEXTS, type StatKeys } from '../../../wire/stat-columns.ts'
import type { ReporterId } from '../feeds/reporters.ts'
import { KEY_WIDTH, KnownStats, type Placed } from './known-stats.ts'

/** How the rows of one window find their record. */
export interface WindowRecords<Record> {
  /**
   * Whether the rows of this reporter count in the window. Asked once when it says yes, for every row when it
   * says no.
   */
  readonly counts: (reporter: ReporterId, spanMs: number) => boolean
  /** The record of a key that is not known yet; undefined when there is no room for it. */
  readonly make: (key: StatKey) => Record | undefined
  /** The record a row counts under when there was no room; it is not remembered. */
  readonly instead: (key: StatKey) => Record | undefined
}

interface Mortal extends Placed {
  /** It is forgotten: another one is to be made for its key. */
  readonly isGone: boolean
}

/** Instead of the number of a record. */
export const UNKNOWN = -1
export const LEFT_OUT = -2

/** Records by key, as many as were made and are not forgotten. */
export class StatRecords<Record extends Mortal> {
  #known = new KnownStats<Record>()

  get size(): number {
    return this.#known.records.length
  }

  /** For the keys of a batch; good until the next `forgetGone`. */
  batch(keys: StatKeys): BatchRecords<Record> {
    return new BatchRecords(this.#known, keys)
  }

  /** Frees the memory of those that are gone: at a stretch, some 0.5 µs a record when there are any. */
  forgetGone(): void {
    if (this.#known.records.some(({ isGone }) => isGone)) {
      this.#known = this.#known.only(({ isGone }) => !isGone)
    }
  }
}

/** The records of the keys of one batch. */
export class BatchRecords<Record extends Mortal> {
  readonly known: KnownStats<Record>
  readonly keys: StatKeys
  readonly #textColumns: readonly Float64Array[]
  readonly #numberColumns: readonly Float64Array[]
  /** Of each key its number + 1; 0 before it is found. */
  readonly #found: Int32Array
  /** Of each text of the batch its number; 0 while it has none. */
  readonly #texts: Int32Array
  /** The key at hand. */
  readonly #key = new Int32Array(KEY_WIDTH)
  /** Agents send keys in about the same order each time: the one after the last is likely. */
  #next = 0

  constructor(known: KnownStats<Record>, keys: StatKeys) {
    const { length, dictionary, texts, numbers } = keys.columns
    this.known = known
    this.keys = keys
    this.#textColumns = KEY_TEXTS.map((name) => texts[name])
    this.#numberColumns = KEY_NUMBERS.map((name) => numbers[name])
    this.#found = new Int32Array(length)
    this.#texts = new Int32Array(dictionary.length)
  }

  window(how: WindowRecords<Record>): WindowRows<Record> {
    return new WindowRows(this, how)
  }

  /** The number of a key by its index; `UNKNOWN` when it has none. */
  numberOf(index: number): number {
    const found = this.#found[index] as number
    if (found > 0) return found - 1
    const key = this.read(index)
    const number = this.known.keys.find(key, this.#next)
    this.#next = number + 1
    this.#found[index] = number + 1
    return number
  }

  /** The numbers of a key, good until the next: 0 of a text that has no number, so that it is found nowhere. */
  read(index: number): Int32Array {
    const key = this.#key
    let part = 0
    for (let at = 0; at < this.#textColumns.length; at++) {
      const text = (this.#textColumns[at] as Float64Array)[index] as number
      key[part++] = (this.#texts[text] as number) || this.#textNumber(text)
    }
    for (let at = 0; at < this.#numberColumns.length; at++) {
      key[part++] = (this.#numberColumns[at] as Float64Array)[index] as number
    }
    return key
  }

  #textNumber(at: number): number {
    const number = this.known.texts.numberOf(this.keys.columns.dictionary[at] ?? '')
    this.#texts[at] = number
    return number
  }
}

/** The records of the rows of one window, by the index of their key. */
export class WindowRows<Record extends Mortal> {
  readonly #batch: BatchRecords<Record>
  readonly #how: WindowRecords<Record>
  /** Stands for the window. */
  readonly #window = {}

  constructor(batch: BatchRecords<Record>, how: WindowRecords<Record>) {
    this.#batch = batch
    this.#how = how
  }

  /** Its number, `LEFT_OUT`, or `UNKNOWN`. The record of a number may be gone: its place is nobody's then. */
  find(index: number): number {
    const number = this.#batch.numberOf(index)
    const reporter = this.#batch.known.reporters[number]
    if (!reporter) return UNKNOWN
    if (reporter.countedIn === this.#window) return number
    if (!this.#how.counts(reporter.id, reporter.spanMs)) return LEFT_OUT
    reporter.countedIn = this.#window
    return number
  }

  /** Where the record of a number has its rows. */
  place(number: number): number {
    return this.#batch.known.places[number] as number
  }

  numbered(number: number): Record | undefined {
    return this.#batch.known.records[number]
  }

  /** The record, which is made when there is none; undefined when the row is left out. */
  record(index: number): Record | undefined {
    const number = this.find(index)
    if (number === LEFT_OUT) return undefined
    const record = this.numbered(number)
    return record && !record.isGone ? record : this.#make(index)
  }

  #make(index: number): Record | undefined {
    const { known, keys } = this.#batch
    const { counts, make, instead } = this.#how
    const key = { ...keys.key(index) }
    // Each text is in memory once, for all records.
    for (const name of KEY_TEXTS) key[name] = known.texts.own(key[name])
    const reporter = known.reporterOf(key)
    if (!counts(reporter.id, reporter.spanMs)) return undefined
    const record = make(key)
    if (!record) return instead(key)
    for (const name of KEY_TEXTS) known.texts.add(key[name])
    known.put(this.#batch.read(index), record, reporter)
    return record
  }
}
