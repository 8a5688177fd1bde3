import type { Columns, Fold } from './fold.ts'
import { type Frame, firstRows, type RowSink } from './frame.ts'
import { keptList } from './kept.ts'
import type { Metric } from './metric.ts'

/** Which group each series is in. */
export interface Members {
  /** The part of the expression that they are grouped by. */
  readonly by: WeakKey
  /** A number of the group; not all of them need occur. */
  groupOf(series: number): number
  /** The labels of a series' group. */
  sharedBy(series: number, group: number): Metric
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
  /** By number: where the group is, plus 1; 0 for none. */
  #places: Int32Array
  readonly #doomed: boolean[] = []
  #columns: Columns = { a: NOTHING, b: NOTHING, c: NOTHING }
  #present = new Uint8Array(0)

  /** `mostGroups`: as many as there are series. */
  constructor(fold: Fold, members: Members, steps: number, mostGroups: number) {
    this.#fold = fold
    this.#members = members
    this.#steps = steps
    this.#firstGroups = firstRows(mostGroups, steps)
    this.#places = new Int32Array(this.#firstGroups)
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
      metrics: keptList(this.#members.by, this.#labels()),
      values,
      present: this.#present.subarray(0, cells),
      distinctNameless,
    }
  }

  #labels(): readonly Metric[] {
    if (!this.#doomed.includes(true)) return this.#metrics
    return this.#metrics.map((metric, group) => (this.#doomed[group] ? metric.doom() : metric))
  }

  #groupOf(series: number): number {
    const number = this.#members.groupOf(series)
    let group = (this.#places[number] ?? 0) - 1
    if (group < 0) {
      group = this.#metrics.push(this.#members.sharedBy(series, number)) - 1
      this.#place(number, group)
      this.#doomed.push(false)
      this.#grow()
    }
    if (this.#members.isDoomed(series)) this.#doomed[group] = true
    return group
  }

  #place(number: number, group: number): void {
    if (number >= this.#places.length) {
      const places = new Int32Array(2 * number + 1)
      places.set(this.#places)
      this.#places = places
    }
    this.#places[number] = group + 1
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
