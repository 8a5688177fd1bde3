/** A table of `protocol/Uplink.tars`: columns of one length. */
import { decodeColumn, encodeSteps } from './column.ts'
import type { ColumnMemory } from './column-memory.ts'
import { malformed, WireError } from './failure.ts'
import type { BatchLimits } from './limits.ts'

export type Table<Name extends string> = { readonly rows: number } & {
  readonly [Column in Name]: Uint8Array
}

/** Columns of numbers close to their neighbour. */
export function encodeTable<Row, Name extends string>(
  rows: readonly Row[],
  columns: Readonly<Record<Name, (row: Row) => number>>,
): Table<Name> {
  const table: Record<string, unknown> = { rows: rows.length }
  for (const name in columns) table[name] = encodeSteps(rows.map(columns[name]))
  return table as Table<Name>
}

/** What all tables of a batch are decoded with. */
export interface Decoding {
  readonly limits: BatchLimits
  readonly memory: ColumnMemory
}

type NameOf<Columns> = Exclude<keyof Columns, 'rows'> & string

/** Reads columns by name and checks what they hold; all methods throw `WireError`. */
export class TableReader<Columns extends { readonly rows: number }> {
  readonly rows: number
  readonly #title: string
  readonly #table: Columns
  readonly #memory: ColumnMemory

  constructor(title: string, table: Columns, { limits, memory }: Decoding) {
    checkRows(title, table.rows, limits)
    this.rows = table.rows
    this.#title = title
    this.#table = table
    this.#memory = memory
  }

  values(name: NameOf<Columns>, expected?: () => Float64Array): Float64Array {
    const column: unknown = this.#table[name]
    if (!(column instanceof Uint8Array)) throw new RangeError(`${name} is no column`)
    try {
      return decodeColumn(this.#memory.take(this.rows), column, expected)
    } catch (error) {
      if (!(error instanceof WireError)) throw error
      throw new WireError(error.reason, `${this.#title}.${name}: ${error.message}`)
    }
  }

  integers(name: NameOf<Columns>, min: number, max: number): Float64Array {
    const values = this.values(name)
    for (let row = 0; row < values.length; row++) {
      const value = values[row] as number
      if (value >= min && value <= max && Math.trunc(value) === value) continue
      const place = `${this.#title}.${name}`
      throw malformed(`${place}: ${value} where an integer from ${min} to ${max} was expected`)
    }
    return values
  }

  /** Of a column of indexes: the text of a row. */
  texts(name: NameOf<Columns>, texts: readonly string[]): (row: number) => string {
    const indexes = this.integers(name, 0, texts.length - 1)
    return (row) => texts[indexes[row] ?? 0] ?? ''
  }

  /** A column to add up in. */
  zeros(): Float64Array {
    return this.#memory.take(this.rows).fill(0)
  }

  /** One thing for every row. */
  map<T>(make: (row: number) => T): T[] {
    return Array.from({ length: this.rows }, (_, row) => make(row))
  }
}

/** @throws {WireError} no number of rows, or more than allowed. */
export function checkRows(title: string, rows: number, { maxRows }: BatchLimits): void {
  if (rows < 0) throw malformed(`${title}: ${rows} rows`)
  if (rows > maxRows) throw new WireError('too-large', `${title}: ${rows} rows of ${maxRows}`)
}
