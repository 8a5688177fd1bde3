/** One metric of the records of a family: which columns it reads, and the series these become. */
import type { Labels } from '../../model/labels.ts'
import type { Arena } from './arena.ts'

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
  /** The values of the first `count` series; `columns`: those of the metric. */
  readonly values: (
    columns: readonly Float64Array[],
    count: number,
    arena: Arena,
  ) => readonly Float64Array[]
}

/** A metric that is a column. `number`: of its series in the family. */
export function columnMetric(name: string, column: number, number = column): Metric {
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
    values: (buckets, count, arena) => countedUp(buckets.slice(0, count), arena),
  }
}

function countedUp(buckets: readonly Float64Array[], arena: Arena): Float64Array[] {
  const sums: Float64Array[] = []
  for (const [at, bucket] of buckets.entries()) {
    const before = sums[at - 1]
    const sum = arena.take(bucket.length)
    for (let row = 0; row < sum.length; row++) {
      sum[row] = (bucket[row] as number) + (before ? (before[row] as number) : 0)
    }
    sums.push(sum)
  }
  return sums
}
