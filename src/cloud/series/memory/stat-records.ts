/** Finds the records of statistics by the columns of their keys, without an object or a text for each row. */
import type { StatKey } from '../../../model/stat.ts'
import { KEY_NUMBERS, KEY_TEXTS, type StatKeys } from '../../../wire/stat-columns.ts'
import type { ReporterId } from '../feeds/reporters.ts'
import { KEY_WIDTH, KnownStats } from './known-stats.ts'

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

interface Mortal {
  /** It is forgotten: another one is to be made for its key. */
  readonly isGone: boolean
}

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
  readonly #known: KnownStats<Record>
  readonly #keys: StatKeys
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
    this.#known = known
    this.#keys = keys
    this.#textColumns = KEY_TEXTS.map((name) => texts[name])
    this.#numberColumns = KEY_NUMBERS.map((name) => numbers[name])
    this.#found = new Int32Array(length)
    this.#texts = new Int32Array(dictionary.length)
  }

  /** For the rows of a window: the record of a key, by its index; undefined when the row is left out. */
  window(how: WindowRecords<Record>): (index: number) => Record | undefined {
    const { records, reporters } = this.#known
    const window = {}
    return (index) => {
      const number = this.#numberOf(index)
      if (number < 0) return this.#make(index, how)
      const record = records[number]
      const reporter = reporters[number]
      if (!record || record.isGone || !reporter) return this.#make(index, how)
      if (reporter.countedIn === window) return record
      if (!how.counts(reporter.id, reporter.spanMs)) return undefined
      reporter.countedIn = window
      return record
    }
  }

  /** -1: it is not known. */
  #numberOf(index: number): number {
    const found = this.#found[index] as number
    if (found > 0) return found - 1
    this.#read(index)
    const number = this.#known.keys.find(this.#key, this.#next)
    this.#next = number + 1
    this.#found[index] = number + 1
    return number
  }

  /** Into the key at hand: 0 of a text that has no number, so that it is found nowhere. */
  #read(index: number): void {
    let part = 0
    for (const column of this.#textColumns) {
      this.#key[part++] = this.#textNumber(column[index] as number)
    }
    for (const column of this.#numberColumns) this.#key[part++] = column[index] as number
  }

  #textNumber(at: number): number {
    const known = this.#texts[at] as number
    if (known > 0) return known
    const number = this.#known.texts.numberOf(this.#keys.columns.dictionary[at] ?? '')
    this.#texts[at] = number
    return number
  }

  #make(index: number, { counts, make, instead }: WindowRecords<Record>): Record | undefined {
    const { texts } = this.#known
    const key = { ...this.#keys.key(index) }
    // Each text is in memory once, for all records.
    for (const name of KEY_TEXTS) key[name] = texts.own(key[name])
    const reporter = this.#known.reporterOf(key)
    if (!counts(reporter.id, reporter.spanMs)) return undefined
    const record = make(key)
    if (!record) return instead(key)
    for (const name of KEY_TEXTS) texts.add(key[name])
    this.#read(index)
    this.#known.put(this.#key, record, reporter)
    return record
  }
}
