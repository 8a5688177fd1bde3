/** One metric of the records of a family: which columns it reads, and the series these become. */
import type { Labels } from '../../model/labels.ts'

/** Rows of some columns. */
export interface Columns {
  readonly times: Float64Array
  readonly columns: readonly Float64Array[]
}

/** What a series has beside the labels of its record. */
export interface Extra {
  readonly labels: Labels
  /** Of the series in its family, from 0. */
  readonly number: number
}

export interface Metric {
  /** Undefined: each record has its own, as label `__name__`. */
  readonly name: string | undefined
  readonly columns: readonly number[]
  readonly series: readonly Extra[]
  /** The values of the first `count` series; `columns`: those of the metric. */
  readonly values: (columns: readonly Float64Array[], count: number) => readonly Float64Array[]
}

/** A metric that is a column. `number`: of its series in the family. */
export function columnMetric(name: string | undefined, column: number, number = column): Metric {
  return { name, columns: [column], series: [{ labels: {}, number }], values: (columns) => columns }
}

/** A histogram: buckets that count up, `le` from bucket to bucket. */
export function bucketMetric(
  name: string,
  columns: readonly number[],
  les: readonly string[],
): Metric {
  return {
    name,
    columns,
    series: les.map((le, at) => ({ labels: { le }, number: (columns[0] ?? 0) + at })),
    values: (buckets, count) => countedUp(buckets.slice(0, count)),
  }
}

function countedUp(buckets: readonly Float64Array[]): Float64Array[] {
  let before: Float64Array | undefined
  return buckets.map((bucket) => {
    const sum = Float64Array.from(bucket)
    if (before) {
      for (let row = 0; row < sum.length; row++) {
        sum[row] = (sum[row] as number) + (before[row] as number)
      }
    }
    before = sum
    return sum
  })
}
