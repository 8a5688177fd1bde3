/** What came for a record about times that memory does not hold any more; blocks have what came before. */
import type { UnixMs } from '../../../model/time.ts'
import type { Merge } from '../block/record-rows.ts'
import { OP, type RecordRows } from '../block/record-rows.ts'
import { met } from './rows.ts'

interface LateRow {
  op: number
  readonly values: Float64Array
}

export class LateRows {
  readonly #merges: readonly Merge[]
  readonly #rows = new Map<UnixMs, LateRow>()
  /** Worked out when it is read: late data are read often and come seldom. */
  #sorted: RecordRows | undefined

  constructor(merges: readonly Merge[]) {
    this.#merges = merges
  }

  /** A contribution, which meets what is there. */
  add(time: UnixMs, row: ArrayLike<number>): void {
    const known = this.#rows.get(time)
    if (!known) this.#put(time, OP.add, row)
    else if (known.op === OP.gone) this.#put(time, OP.set, row)
    else {
      this.#sorted = undefined
      for (const [column, merge] of this.#merges.entries()) {
        known.values[column] = met(merge, known.values[column] as number, row[column] as number)
      }
    }
  }

  /** In place of whatever there is. */
  set(time: UnixMs, row: ArrayLike<number>): void {
    this.#put(time, OP.set, row)
  }

  /** What there is, is taken back. */
  remove(time: UnixMs): void {
    this.#put(time, OP.gone, [])
  }

  /** What other late rows say, on top of these. */
  replay({ times, columns, ops }: RecordRows): void {
    for (const [at, time] of times.entries()) {
      const row = columns.map((values) => values[at] as number)
      if (ops?.[at] === OP.gone) this.remove(time)
      else if (ops?.[at] === OP.set) this.set(time, row)
      else this.add(time, row)
    }
  }

  /** Ascending; the same object until something is added. */
  toRows(): RecordRows {
    this.#sorted ??= this.#toRows()
    return this.#sorted
  }

  #toRows(): RecordRows {
    const rows = [...this.#rows].sort(([a], [b]) => a - b)
    const column = (at: number) => Float64Array.from(rows, ([, { values }]) => values[at] as number)
    return {
      times: Float64Array.from(rows, ([time]) => time),
      columns: this.#merges.map((_, at) => column(at)),
      ops: Uint8Array.from(rows, ([, { op }]) => op),
    }
  }

  #put(time: UnixMs, op: number, row: ArrayLike<number>): void {
    const values = new Float64Array(this.#merges.length)
    if (op !== OP.gone) for (let at = 0; at < values.length; at++) values[at] = row[at] as number
    this.#rows.set(time, { op, values })
    this.#sorted = undefined
  }
}
