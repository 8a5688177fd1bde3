/**
 * The records of statistics that are known, by key. Every text has a number and a key is eleven numbers:
 * nothing of it is a text for each record.
 */
import type { StatKey } from '../../../model/stat.ts'
import { KEY_NUMBERS, KEY_TEXTS } from '../../../wire/stat-columns.ts'
import type { ReporterId } from '../feeds/reporters.ts'
import { IntegerKeys } from './integer-keys.ts'

/** Numbers of a key: of its texts in the order of `KEY_TEXTS`, then `KEY_NUMBERS`. */
export const KEY_WIDTH = KEY_TEXTS.length + KEY_NUMBERS.length

/** Who reports a row, and how often; one for all records of its. */
export interface StatReporter {
  readonly id: ReporterId
  readonly spanMs: number
  /** The window for which it counts, the one that was asked about last. */
  countedIn: object | undefined
}

export interface Placed {
  /** Where its newest rows are. */
  readonly place: number
}

export class KnownStats<Record extends Placed> {
  readonly texts = new Texts()
  readonly keys: IntegerKeys
  /** By number of the key, as the next. */
  readonly records: Record[] = []
  readonly reporters: StatReporter[] = []
  readonly places: number[] = []
  readonly #reporters = new Map<string, StatReporter>()

  /** `room`: about how many records there will be. */
  constructor(room?: number) {
    this.keys = new IntegerKeys(KEY_WIDTH, room)
  }

  /** The one of other records, or a new one. */
  reporterOf(key: StatKey): StatReporter {
    const made = newReporter(key)
    return this.#reporters.get(nameOf(made)) ?? made
  }

  /** In place of the record that had the key, if any. */
  put(key: Int32Array, record: Record, reporter: StatReporter): void {
    this.#place(key, record, reporter)
    this.#reporters.set(nameOf(reporter), reporter)
  }

  /** Those that are kept, with nothing of the others. */
  only(keep: (record: Record) => boolean): KnownStats<Record> {
    const kept = new KnownStats<Record>(this.records.length)
    const key = new Int32Array(KEY_WIDTH)
    const texts = new Int32Array(this.texts.size + 1)
    for (const [number, record] of this.records.entries()) {
      if (!keep(record)) continue
      this.keys.read(number, key)
      for (let at = 0; at < KEY_TEXTS.length; at++) {
        const old = key[at] as number
        texts[old] ||= kept.texts.add(this.texts.at(old))
        key[at] = texts[old]
      }
      kept.#place(key, record, this.reporters[number] as StatReporter)
    }
    for (const each of new Set(kept.reporters)) kept.#reporters.set(nameOf(each), each)
    return kept
  }

  #place(key: Int32Array, record: Record, reporter: StatReporter): void {
    const number = this.keys.take(key)
    this.records[number] = record
    this.reporters[number] = reporter
    this.places[number] = record.place
  }
}

/** Numbered from 1. */
class Texts {
  readonly #texts = ['']
  readonly #numbers = new Map<string, number>()

  get size(): number {
    return this.#numbers.size
  }

  /** 0: it has none. */
  numberOf(text: string): number {
    return this.#numbers.get(text) ?? 0
  }

  at(number: number): string {
    return this.#texts[number] ?? ''
  }

  /** The equal one that is there, or the text itself. */
  own(text: string): string {
    const number = this.numberOf(text)
    return number === 0 ? text : this.at(number)
  }

  add(text: string): number {
    const known = this.numberOf(text)
    if (known !== 0) return known
    this.#numbers.set(text, this.#texts.length)
    return this.#texts.push(text) - 1
  }
}

function newReporter({ side, caller, callerIp, callee, calleeIp, spanMs }: StatKey): StatReporter {
  const [module, ip] = side === 'client' ? [caller, callerIp] : [callee, calleeIp]
  return { id: { kind: side, module, ip }, spanMs, countedIn: undefined }
}

function nameOf({ id, spanMs }: StatReporter): string {
  return `${id.kind}\0${id.module}\0${id.ip}\0${spanMs}`
}
