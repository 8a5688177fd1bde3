import type { UnixMs } from '../model/time.ts'
import type { Work } from '../support/turns.ts'
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

export const SAME_LABELSET = 'vector cannot contain metrics with the same labelset'

export function emptyFrame(steps: number): Frame {
  const none = new Float64Array(0)
  return { steps, metrics: [], values: none, present: new Uint8Array(0), distinctNameless: true }
}

/** Takes rows that come one after another; those without a sample leave no trace. */
export interface RowSink {
  /** Begins the row of the series of that number. */
  begin(series: number): void
  set(step: number, value: number): void
  /** Ends the row; whether it stays. */
  end(): boolean
}

/** Rows kept as they come. */
export class RowWriter implements RowSink {
  readonly #steps: number
  readonly #metricOf: (series: number) => Metric
  readonly #metrics: Metric[] = []
  readonly #values: Float64Array
  readonly #present: Uint8Array
  /** Where the row under way begins. */
  #base = 0
  #series = 0
  #used = false

  constructor(steps: number, maxRows: number, metricOf: (series: number) => Metric) {
    this.#steps = steps
    this.#metricOf = metricOf
    this.#values = new Float64Array(steps * maxRows)
    this.#present = new Uint8Array(steps * maxRows)
  }

  begin(series: number): void {
    this.#series = series
    this.#used = false
  }

  set(step: number, value: number): void {
    this.#values[this.#base + step] = value
    this.#present[this.#base + step] = 1
    this.#used = true
  }

  end(): boolean {
    if (!this.#used) return false
    this.#metrics.push(this.#metricOf(this.#series))
    this.#base += this.#steps
    return true
  }

  frame(distinctNameless: boolean): Frame {
    return {
      steps: this.#steps,
      metrics: this.#metrics,
      values: this.#values.subarray(0, this.#base),
      present: this.#present.subarray(0, this.#base),
      distinctNameless,
    }
  }
}

const FIRST_ROWS = 8
const FIRST_CELLS = 1024

/** So many rows have room from the start: all that there may be, if that is little. */
export function firstRows(mostRows: number, steps: number): number {
  const little = Math.max(FIRST_ROWS, Math.floor(FIRST_CELLS / Math.max(1, steps)))
  return Math.max(1, Math.min(mostRows, little))
}

/** Rows that are found by their labels while the instants are walked. */
export class RowTable {
  readonly #steps: number
  readonly #firstRows: number
  readonly #rows = new Map<string, number>()
  readonly #metrics: Metric[] = []
  #values = new Float64Array(0)
  #present = new Uint8Array(0)

  /** `mostRows`: it is not likely to have more. */
  constructor(steps: number, mostRows = FIRST_ROWS) {
    this.#steps = steps
    this.#firstRows = firstRows(mostRows, steps)
  }

  row(metric: Metric): number {
    const key = metric.key()
    const known = this.#rows.get(key)
    if (known !== undefined) return known
    const row = this.add(metric)
    this.#rows.set(key, row)
    return row
  }

  /** A row of labels that no other has; `row` does not find it. */
  add(metric: Metric): number {
    const row = this.#metrics.length
    this.#metrics.push(metric)
    if ((row + 1) * this.#steps > this.#values.length) this.#grow()
    return row
  }

  #grow(): void {
    const length = Math.max(this.#values.length * 2, this.#steps * this.#firstRows)
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
  *frame(distinctNameless: boolean, budget: Budget): Work<Frame> {
    const steps = this.#steps
    const all: Frame = {
      steps,
      metrics: this.#metrics,
      values: this.#values.subarray(0, this.#metrics.length * steps),
      present: this.#present.subarray(0, this.#metrics.length * steps),
      distinctNameless,
    }
    const used: number[] = []
    for (let row = 0; row < this.#metrics.length; row++) if (hasSample(all, row)) used.push(row)
    return used.length === this.#metrics.length ? all : yield* rowsOf(all, used, budget)
  }
}

export function hasSample({ present, steps }: Frame, row: number): boolean {
  for (let cell = row * steps; cell < (row + 1) * steps; cell++)
    if (present[cell] === 1) return true
  return false
}

/** The frame with other metrics; series that are now the same become one. */
export function* renamed(frame: Frame, metrics: readonly Metric[], budget: Budget): Work<Frame> {
  const keys = new Set<string>()
  yield* budget.each(metrics.length, SERIES_WORK, (row) => {
    keys.add((metrics[row] as Metric).key())
  })
  if (keys.size === metrics.length) return { ...frame, metrics, distinctNameless: false }
  const table = new RowTable(frame.steps)
  const { steps } = frame
  yield* budget.each(metrics.length, SERIES_WORK + steps, (i) => {
    const row = table.row(metrics[i] as Metric)
    for (let step = 0, cell = i * steps; step < steps; step++, cell++) {
      if (frame.present[cell] === 1) table.set(row, step, frame.values[cell] ?? 0)
    }
  })
  return yield* table.frame(false, budget)
}

/** The rows of a frame in another order or only some of them. */
export function* rowsOf(frame: Frame, rows: readonly number[], budget: Budget): Work<Frame> {
  const { steps } = frame
  const values = new Float64Array(rows.length * steps)
  const present = new Uint8Array(values.length)
  const metrics: Metric[] = []
  yield* budget.each(rows.length, SERIES_WORK + steps, (to) => {
    const from = rows[to] as number
    for (let step = 0; step < steps; step++) {
      values[to * steps + step] = frame.values[from * steps + step] as number
      present[to * steps + step] = frame.present[from * steps + step] as number
    }
    metrics.push(frame.metrics[from] as Metric)
  })
  return { steps, metrics, values, present, distinctNameless: frame.distinctNameless }
}

/** A frame of one instant shown at all instants. */
export function* broadcast(frame: Frame, steps: number, budget: Budget): Work<Frame> {
  const values = new Float64Array(frame.metrics.length * steps)
  const present = new Uint8Array(values.length)
  yield* budget.each(frame.metrics.length, steps, (row) => {
    values.fill(frame.values[row] ?? 0, row * steps, (row + 1) * steps)
    present.fill(frame.present[row] ?? 0, row * steps, (row + 1) * steps)
  })
  return { ...frame, steps, values, present }
}

/** Lists without the names of their metrics. */
const nameless = new WeakMap<readonly Metric[], readonly Metric[]>()

/** Drops the names: at once, or (`delayed`) marks them to go at the end. */
export function* dropNames(frame: Frame, delayed: boolean, budget: Budget): Work<Frame> {
  const metrics =
    (delayed ? undefined : nameless.get(frame.metrics)) ?? (yield* named(frame, delayed, budget))
  if (!delayed) nameless.set(frame.metrics, metrics)
  if (delayed || frame.distinctNameless) return { ...frame, metrics }
  return yield* renamed(frame, metrics, budget)
}

function* named(frame: Frame, delayed: boolean, budget: Budget): Work<readonly Metric[]> {
  let isChanged = false
  const metrics: Metric[] = []
  yield* budget.each(frame.metrics.length, SERIES_WORK, (row) => {
    const metric = frame.metrics[row] as Metric
    const made = delayed ? metric.doom() : metric.nameless()
    if (made !== metric) isChanged = true
    metrics.push(made)
  })
  return isChanged ? metrics : frame.metrics
}

/** Each cell through `map`; undefined takes the sample away. */
export function* mapCells(
  frame: Frame,
  budget: Budget,
  map: (value: number, step: number) => number | undefined,
): Work<Frame> {
  const { steps } = frame
  const values = new Float64Array(frame.values.length)
  const present = new Uint8Array(frame.present.length)
  yield* budget.each(frame.metrics.length, steps, (row) => {
    for (let step = 0, cell = row * steps; step < steps; step++, cell++) {
      if (frame.present[cell] !== 1) continue
      const value = map(frame.values[cell] as number, step)
      if (value === undefined) continue
      values[cell] = value
      present[cell] = 1
    }
  })
  return { ...frame, values, present }
}
