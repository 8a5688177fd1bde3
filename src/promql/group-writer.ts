import type { Columns, Fold } from './fold.ts'
import { type Frame, firstRows, type RowSink } from './frame.ts'
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

const NOTHING = new Float64Array(0)

/** Rows added up in their groups as they come; the groups are in the order of their first samples. */
export class GroupWriter implements RowSink {
  readonly #fold: Fold
  readonly #members: Members
  readonly #steps: number
  readonly #firstGroups: number
  #series = 0
  /** Where the cells of the group of the row under way begin; -1 before its first sample. */
  #base = -1
  readonly #metrics: Metric[] = []
  readonly #doomed: boolean[] = []
  #columns: Columns = { a: NOTHING, b: NOTHING, c: NOTHING }
  #present = new Uint8Array(0)

  /** `mostGroups`: as many as there are series. */
  constructor(fold: Fold, members: Members, steps: number, mostGroups: number) {
    this.#fold = fold
    this.#members = members
    this.#steps = steps
    this.#firstGroups = firstRows(mostGroups, steps)
  }

  begin(series: number): void {
    this.#series = series
    this.#base = -1
  }

  set(step: number, value: number): void {
    if (this.#base < 0) this.#base = this.#groupOf(this.#series) * this.#steps
    const cell = this.#base + step
    if (this.#present[cell] === 1) {
      this.#fold.add(this.#columns, cell, value)
    } else {
      this.#present[cell] = 1
      this.#fold.start(this.#columns, cell, value)
    }
  }

  end(): boolean {
    return this.#base >= 0
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

  #groupOf(series: number): number {
    const group = this.#members.groupOf(series)
    if (group === this.#metrics.length) {
      this.#metrics.push(this.#members.sharedBy(series))
      this.#doomed.push(false)
      this.#grow()
    }
    if (this.#members.isDoomed(series)) this.#doomed[group] = true
    return group
  }

  #grow(): void {
    const cells = this.#metrics.length * this.#steps
    if (cells <= this.#present.length) return
    const length = Math.max(this.#present.length * 2, this.#steps * this.#firstGroups)
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
