/** One metric of the records of a family: which columns it reads, and the series these become. */
import type { Labels } from '../../../model/labels.ts'

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
  readonly name: string
  readonly columns: readonly number[]
  readonly series: readonly Extra[]
  /** Each series has the values of its column and of all columns before it. */
  readonly countsUp: boolean
}

/** A metric that is a column. `number`: of its series in the family. */
export function columnMetric(name: string, column: number, number = column): Metric {
  return { name, columns: [column], series: [{ labels: {}, number }], countsUp: false }
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
    countsUp: true,
  }
}
