/** The statistics of a batch as its bytes have them: columns, and objects for those who ask. */
import type { StatKey, StatRow } from '../model/stat.ts'

/** The texts of a key. */
export const KEY_TEXTS = [
  'callee',
  'interface',
  'caller',
  'calleeIp',
  'callerIp',
  'set',
  'version',
] as const
/** Its numbers, integers; `side`: 0 client, 1 server. */
export const KEY_NUMBERS = ['side', 'calleePort', 'returnCode', 'spanMs'] as const

type Columns<Names extends readonly string[]> = Readonly<Record<Names[number], Float64Array>>

export interface StatKeyColumns {
  readonly length: number
  /** Texts, also such that no key has. */
  readonly dictionary: readonly string[]
  /** Indexes in `dictionary`. */
  readonly texts: Columns<typeof KEY_TEXTS>
  readonly numbers: Columns<typeof KEY_NUMBERS>
}

/** The keys of a batch, each mostly once. */
export class StatKeys {
  readonly columns: StatKeyColumns
  readonly #made: StatKey[] = []

  constructor(columns: StatKeyColumns) {
    this.columns = columns
  }

  get length(): number {
    return this.columns.length
  }

  /** The key as an object, the same each time. `index` < `length`. */
  key(index: number): StatKey {
    this.#made[index] ??= this.#make(index)
    return this.#made[index]
  }

  #make(index: number): StatKey {
    const { dictionary, texts, numbers } = this.columns
    const text = (name: keyof typeof texts) => dictionary[texts[name][index] ?? -1] ?? ''
    const number = (name: keyof typeof numbers) => numbers[name][index] ?? 0
    return {
      callee: text('callee'),
      interface: text('interface'),
      caller: text('caller'),
      calleeIp: text('calleeIp'),
      calleePort: number('calleePort'),
      callerIp: text('callerIp'),
      returnCode: number('returnCode'),
      set: text('set'),
      version: text('version'),
      side: number('side') === 0 ? 'client' : 'server',
      spanMs: number('spanMs'),
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
