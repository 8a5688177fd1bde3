/** The statistics of a batch as its bytes have them: columns, and objects for those who ask. */
import type { StatKey, StatRow } from '../model/stat.ts'

/** The texts of a key: the columns `StatKeys.texts` in this order. */
export const KEY_TEXTS = [
  'callee',
  'interface',
  'caller',
  'calleeIp',
  'callerIp',
  'set',
  'version',
] as const
/** Its numbers: the columns `StatKeys.numbers` in this order. `side`: 0 client, 1 server. */
export const KEY_NUMBERS = ['side', 'calleePort', 'returnCode', 'spanMs'] as const

/** The keys of a batch, each mostly once. */
export class StatKeys {
  readonly length: number
  /** Of each text of `KEY_TEXTS` the column: indexes in `dictionary`. */
  readonly texts: readonly Float64Array[]
  /** Texts, also such that no key has. */
  readonly dictionary: readonly string[]
  /** Of each number of `KEY_NUMBERS` the column: integers. */
  readonly numbers: readonly Float64Array[]
  readonly #made: StatKey[] = []

  constructor(
    length: number,
    texts: readonly Float64Array[],
    dictionary: readonly string[],
    numbers: readonly Float64Array[],
  ) {
    this.length = length
    this.texts = texts
    this.dictionary = dictionary
    this.numbers = numbers
  }

  /** The key as an object, the same each time. `index` < `length`. */
  key(index: number): StatKey {
    this.#made[index] ??= this.#make(index)
    return this.#made[index]
  }

  #make(index: number): StatKey {
    const text = (at: number) => this.dictionary[this.texts[at]?.[index] ?? -1] ?? ''
    const number = (at: number) => this.numbers[at]?.[index] ?? 0
    return {
      callee: text(0),
      interface: text(1),
      caller: text(2),
      calleeIp: text(3),
      calleePort: number(1),
      callerIp: text(4),
      returnCode: number(2),
      set: text(5),
      version: text(6),
      side: number(0) === 0 ? 'client' : 'server',
      spanMs: number(3),
    }
  }
}

/** Rows of statistics, of one window or several. */
export class StatColumns {
  readonly keys: StatKeys
  /** Of each row its key: an index in `keys`. */
  readonly keyIndexes: Float64Array
  /** The columns `calls`, `timeouts`, `exceptions`, `durationSumMs`, `durationMaxMs`, then one of each bucket. */
  readonly values: readonly Float64Array[]

  constructor(keys: StatKeys, keyIndexes: Float64Array, values: readonly Float64Array[]) {
    this.keys = keys
    this.keyIndexes = keyIndexes
    this.values = values
  }

  /** Rows. */
  get length(): number {
    return this.keyIndexes.length
  }

  /** Writes the values of a row, in the order of the columns. */
  read(row: number, into: Float64Array): void {
    for (let at = 0; at < this.values.length; at++) {
      into[at] = (this.values[at] as Float64Array)[row] as number
    }
  }

  /** Rows `[from, to)`, without a copy. */
  slice(from: number, to: number): StatColumns {
    const values = this.values.map((column) => column.subarray(from, to))
    return new StatColumns(this.keys, this.keyIndexes.subarray(from, to), values)
  }

  /** As objects; rows of one key share it. */
  rows(): StatRow[] {
    const [calls, timeouts, exceptions, durationSumMs, durationMaxMs, ...buckets] = this.values
    return Array.from(this.keyIndexes, (key, row) => ({
      key: this.keys.key(key),
      values: {
        calls: calls?.[row] ?? 0,
        timeouts: timeouts?.[row] ?? 0,
        exceptions: exceptions?.[row] ?? 0,
        durationSumMs: durationSumMs?.[row] ?? 0,
        durationMaxMs: durationMaxMs?.[row] ?? 0,
        buckets: buckets.map((counts) => counts[row] ?? 0),
      },
    }))
  }
}
