import type { UnixMs } from '../model/time.ts'
import { type Budget, SERIES_WORK } from './budget.ts'
import { executionFailure } from './failure.ts'
import type { Metric } from './metric.ts'

/** The instants an expression is evaluated at. */
export interface Grid {
  readonly startMs: UnixMs
  readonly stepMs: number
  readonly steps: number
}

export function instantOf({ startMs, stepMs }: Grid, step: number): UnixMs {
  return startMs + step * stepMs
}

/**
 * Instant vectors at all instants of a grid: one row for each series, one column for each instant, row after
 * row in one array. A cell counts only where `present` is 1: NaN is a value like any other.
 */
export interface Frame {
  readonly steps: number
  readonly metrics: readonly Metric[]
  readonly values: Float64Array
  readonly present: Uint8Array
  /** Known: the metrics stay different when their names are dropped. */
  readonly distinctNameless: boolean
}

const CELLS_A_LOOK = 1024

export const SAME_LABELSET = 'vector cannot contain metrics with the same labelset'

export function emptyFrame(steps: number): Frame {
  const none = new Float64Array(0)
  return { steps, metrics: [], values: none, present: new Uint8Array(0), distinctNameless: true }
}

/** Rows that come one after another; those without a sample leave no trace. */
export class RowWriter {
  readonly #steps: number
  readonly #metrics: Metric[] = []
  readonly values: Float64Array
  readonly present: Uint8Array
  /** Where the row under way begins. */
  base = 0
  #used = false

  constructor(steps: number, maxRows: number) {
    this.#steps = steps
    this.values = new Float64Array(steps * maxRows)
    this.present = new Uint8Array(steps * maxRows)
  }

  set(step: number, value: number): void {
    this.values[this.base + step] = value
    this.present[this.base + step] = 1
    this.#used = true
  }

  /** Ends the row; whether it stays. */
  end(metric: Metric): boolean {
    if (!this.#used) return false
    this.#metrics.push(metric)
    this.base += this.#steps
    this.#used = false
    return true
  }

  frame(distinctNameless: boolean): Frame {
    return {
      steps: this.#steps,
      metrics: this.#metrics,
      values: this.values.subarray(0, this.base),
      present: this.present.subarray(0, this.base),
      distinctNameless,
    }
  }
}

/** Rows that are found by their labels while the instants are walked. */
export class RowTable {
  readonly #steps: number
  readonly #rows = new Map<string, number>()
  readonly #metrics: Metric[] = []
  #values = new Float64Array(0)
  #present = new Uint8Array(0)

  constructor(steps: number) {
    this.#steps = steps
  }

  row(metric: Metric): number {
    const key = metric.key()
    const known = this.#rows.get(key)
    if (known !== undefined) return known
    const row = this.#metrics.length
    this.#rows.set(key, row)
    this.#metrics.push(metric)
    if ((row + 1) * this.#steps > this.#values.length) this.#grow()
    return row
  }

  #grow(): void {
    const length = Math.max(this.#values.length * 2, this.#steps * 8)
    const values = new Float64Array(length)
    const present = new Uint8Array(length)
    values.set(this.#values)
    present.set(this.#present)
    this.#values = values
    this.#present = present
  }

  /** Throws `PromqlError` when the row has a value at that step. */
  set(row: number, step: number, value: number): void {
    const cell = row * this.#steps + step
    if (this.#present[cell] === 1) throw executionFailure(SAME_LABELSET)
    this.#values[cell] = value
    this.#present[cell] = 1
  }

  /** Without the rows that got no sample. */
  frame(distinctNameless: boolean): Frame {
    const steps = this.#steps
    const all: Frame = {
      steps,
      metrics: this.#metrics,
      values: this.#values.subarray(0, this.#metrics.length * steps),
      present: this.#present.subarray(0, this.#metrics.length * steps),
      distinctNameless,
    }
    const used = this.#metrics.flatMap((_, row) => (hasSample(all, row) ? [row] : []))
    return used.length === this.#metrics.length ? all : rowsOf(all, used)
  }
}

function hasSample({ present, steps }: Frame, row: number): boolean {
  for (let cell = row * steps; cell < (row + 1) * steps; cell++)
    if (present[cell] === 1) return true
  return false
}

/** The frame with other metrics; series that are now the same become one. */
export async function renamed(
  frame: Frame,
  metrics: readonly Metric[],
  budget: Budget,
): Promise<Frame> {
  const keys = new Set<string>()
  for (const metric of metrics) {
    keys.add(metric.key())
    const rest = budget.tick(SERIES_WORK)
    if (rest) await rest
  }
  if (keys.size === metrics.length) return { ...frame, metrics, distinctNameless: false }
  const table = new RowTable(frame.steps)
  for (const [i, metric] of metrics.entries()) {
    const rest = budget.tick(frame.steps)
    if (rest) await rest
    const row = table.row(metric)
    for (let step = 0, cell = i * frame.steps; step < frame.steps; step++, cell++) {
      if (frame.present[cell] === 1) table.set(row, step, frame.values[cell] ?? 0)
    }
  }
  return table.frame(false)
}

/** The rows of a frame in another order or only some of them. */
export function rowsOf(frame: Frame, rows: readonly number[]): Frame {
  const { steps } = frame
  const values = new Float64Array(rows.length * steps)
  const present = new Uint8Array(values.length)
  const metrics: Metric[] = []
  for (const [to, from] of rows.entries()) {
    values.set(frame.values.subarray(from * steps, (from + 1) * steps), to * steps)
    present.set(frame.present.subarray(from * steps, (from + 1) * steps), to * steps)
    const metric = frame.metrics[from]
    if (metric) metrics.push(metric)
  }
  return { steps, metrics, values, present, distinctNameless: frame.distinctNameless }
}

/** A frame of one instant shown at all instants. */
export function broadcast(frame: Frame, steps: number): Frame {
  const values = new Float64Array(frame.metrics.length * steps)
  const present = new Uint8Array(values.length)
  for (let row = 0; row < frame.metrics.length; row++) {
    values.fill(frame.values[row] ?? 0, row * steps, (row + 1) * steps)
    present.fill(frame.present[row] ?? 0, row * steps, (row + 1) * steps)
  }
  return { ...frame, steps, values, present }
}

/** Drops the names: at once, or (`delayed`) marks them to go at the end. */
export async function dropNames(frame: Frame, delayed: boolean, budget: Budget): Promise<Frame> {
  if (delayed) return { ...frame, metrics: frame.metrics.map((metric) => metric.doom()) }
  const metrics = frame.metrics.map((metric) => metric.nameless())
  return frame.distinctNameless ? { ...frame, metrics } : renamed(frame, metrics, budget)
}

/** Each cell through `map`; undefined takes the sample away. */
export async function mapCells(
  frame: Frame,
  budget: Budget,
  map: (value: number, step: number) => number | undefined,
): Promise<Frame> {
  const { steps } = frame
  const values = new Float64Array(frame.values.length)
  const present = new Uint8Array(frame.present.length)
  for (let cell = 0, step = 0; cell < values.length; cell++) {
    if (cell % CELLS_A_LOOK === CELLS_A_LOOK - 1) {
      const rest = budget.tick(CELLS_A_LOOK)
      if (rest) await rest
    }
    if (frame.present[cell] === 1) {
      const value = map(frame.values[cell] ?? 0, step)
      if (value !== undefined) {
        values[cell] = value
        present[cell] = 1
      }
    }
    if (++step === steps) step = 0
  }
  return { ...frame, values, present }
}
