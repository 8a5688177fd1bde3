import type { Columns, Fold } from './fold.ts'
import type { Frame, RowSink } from './frame.ts'
import type { Metric } from './metric.ts'

/** Which group each series is in. */
export interface Members {
  /** From 0 on, a new one the next. */
  groupOf(series: number): number
  /** The labels of a series' group. */
  sharedBy(series: number): Metric
  /** Its name goes at the end. */
  isDoomed(series: number): boolean
}

const FIRST_GROUPS = 8
const NOTHING = new Float64Array(0)

/** Rows added up in their groups as they come; the groups are in the order of their first samples. */
export class GroupWriter implements RowSink {
  readonly #fold: Fold
  readonly #members: Members
  readonly #steps: number
  /** The row under way. */
  readonly #row: Float64Array
  readonly #set: Uint8Array
  #used = false
  readonly #metrics: Metric[] = []
  readonly #doomed: boolean[] = []
  #columns: Columns = { a: NOTHING, b: NOTHING, c: NOTHING }
  #present = new Uint8Array(0)

  constructor(fold: Fold, members: Members, steps: number) {
    this.#fold = fold
    this.#members = members
    this.#steps = steps
    this.#row = new Float64Array(steps)
    this.#set = new Uint8Array(steps)
  }

  set(step: number, value: number): void {
    this.#row[step] = value
    this.#set[step] = 1
    this.#used = true
  }

  end(series: number): boolean {
    if (!this.#used) return false
    this.#used = false
    const group = this.#members.groupOf(series)
    if (group === this.#metrics.length) this.#begin(series)
    if (this.#members.isDoomed(series)) this.#doomed[group] = true
    this.#add(group * this.#steps)
    return true
  }

  frame(distinctNameless: boolean): Frame {
    const cells = this.#metrics.length * this.#steps
    const values = this.#columns.a.subarray(0, cells)
    for (let cell = 0; cell < cells; cell++) {
      if (this.#present[cell] === 1) values[cell] = this.#fold.result(this.#columns, cell)
    }
    return {
      steps: this.#steps,
      metrics: this.#metrics.map((metric, group) => (this.#doomed[group] ? metric.doom() : metric)),
      values,
      present: this.#present.subarray(0, cells),
      distinctNameless,
    }
  }

  #add(base: number): void {
    for (let step = 0, cell = base; step < this.#steps; step++, cell++) {
      if (this.#set[step] !== 1) continue
      this.#set[step] = 0
      const value = this.#row[step] as number
      if (this.#present[cell] === 1) {
        this.#fold.add(this.#columns, cell, value)
      } else {
        this.#present[cell] = 1
        this.#fold.start(this.#columns, cell, value)
      }
    }
  }

  #begin(series: number): void {
    this.#metrics.push(this.#members.sharedBy(series))
    this.#doomed.push(false)
    const cells = this.#metrics.length * this.#steps
    if (cells <= this.#present.length) return
    const length = Math.max(this.#present.length * 2, this.#steps * FIRST_GROUPS)
    const { a, b, c } = this.#columns
    const { width } = this.#fold
    this.#columns = {
      a: grown(a, length),
      b: width > 1 ? grown(b, length) : b,
      c: width > 2 ? grown(c, length) : c,
    }
    const present = new Uint8Array(length)
    present.set(this.#present)
    this.#present = present
  }
}

function grown(column: Float64Array, length: number): Float64Array {
  const longer = new Float64Array(length)
  longer.set(column)
  return longer
}
