import type { AggregationOp } from './ast.ts'
import { KahanMean, lostIn } from './kahan.ts'

/** What is kept of each group at each instant, by cell; a column that is not asked for is empty. */
export interface Columns {
  readonly a: Float64Array
  readonly b: Float64Array
  readonly c: Float64Array
}

/** An aggregation that takes its samples one by one. */
export interface Fold {
  /** How many columns it needs. */
  readonly width: 1 | 2 | 3
  /** The first sample of a cell. */
  start(columns: Columns, cell: number, value: number): void
  /** Each one after it. */
  add(columns: Columns, cell: number, value: number): void
  result(columns: Columns, cell: number): number
}

// The means of all cells take turns in it.
const MEAN = new KahanMean(0)

const sum: Fold = {
  width: 2,
  start({ a }, cell, value) {
    a[cell] = value
  },
  add({ a, b }, cell, value) {
    // As `KahanSum`, which would have to be filled and emptied for each sample.
    const before = a[cell] as number
    const total = before + value
    const isInfinite = Math.abs(total) === Number.POSITIVE_INFINITY
    b[cell] = isInfinite ? 0 : (b[cell] as number) + lostIn(before, value, total)
    a[cell] = total
  },
  result: ({ a, b }, cell) => (a[cell] as number) + (b[cell] as number),
}

/** In `c` the count, negative once the mean is incremental. */
const avg: Fold = {
  width: 3,
  start({ a, c }, cell, value) {
    a[cell] = value
    c[cell] = 1
  },
  add({ a, b, c }, cell, value) {
    MEAN.resume(a[cell] as number, b[cell] as number, c[cell] as number)
    MEAN.add(value)
    a[cell] = MEAN.sum
    b[cell] = MEAN.compensation
    c[cell] = MEAN.signedCount
  },
  result({ a, b, c }, cell) {
    MEAN.resume(a[cell] as number, b[cell] as number, c[cell] as number)
    return MEAN.mean
  },
}

const count: Fold = {
  width: 1,
  start({ a }, cell) {
    a[cell] = 1
  },
  add({ a }, cell) {
    a[cell] = (a[cell] as number) + 1
  },
  result: ({ a }, cell) => a[cell] as number,
}

const group: Fold = { ...count, add() {} }

const min: Fold = {
  width: 1,
  start({ a }, cell, value) {
    a[cell] = value
  },
  add({ a }, cell, value) {
    const least = a[cell] as number
    if (least > value || Number.isNaN(least)) a[cell] = value
  },
  result: ({ a }, cell) => a[cell] as number,
}

const max: Fold = {
  ...min,
  add({ a }, cell, value) {
    const most = a[cell] as number
    if (most < value || Number.isNaN(most)) a[cell] = value
  },
}

/** Mean, squares and count. */
const stdvar: Fold = {
  width: 3,
  start({ a, b, c }, cell, value) {
    a[cell] = value
    b[cell] = Number.isFinite(value) ? 0 : Number.NaN
    c[cell] = 1
  },
  add({ a, b, c }, cell, value) {
    const mean = a[cell] as number
    const seen = (c[cell] as number) + 1
    const moved = mean + (value - mean) / seen
    a[cell] = moved
    b[cell] = (b[cell] as number) + (value - mean) * (value - moved)
    c[cell] = seen
  },
  result: ({ b, c }, cell) => (b[cell] as number) / (c[cell] as number),
}

const stddev: Fold = {
  ...stdvar,
  result: (columns, cell) => Math.sqrt(stdvar.result(columns, cell)),
}

export const FOLDS: Readonly<Partial<Record<AggregationOp, Fold>>> = {
  sum,
  avg,
  count,
  group,
  min,
  max,
  stdvar,
  stddev,
}
