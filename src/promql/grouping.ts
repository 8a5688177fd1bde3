import type { Work } from '../support/turns.ts'
import type { Aggregation } from './ast.ts'
import { type Budget, SERIES_WORK } from './budget.ts'
import { LabelNumbers } from './label-numbers.ts'
import type { Metric } from './metric.ts'

/** Which group each row is in, and the labels of the groups. */
export interface Grouping {
  readonly groups: Int32Array
  readonly metrics: readonly Metric[]
}

export function* groupingOf(
  { grouping, without }: Aggregation,
  metrics: readonly Metric[],
  budget: Budget,
): Work<Grouping> {
  const numbers = new LabelNumbers({ names: grouping, without })
  const groups = new Int32Array(metrics.length)
  const found: Metric[] = []
  yield* budget.each(metrics.length, SERIES_WORK, (row) => {
    const metric = metrics[row] as Metric
    const group = numbers.of(metric)
    if (group === found.length) found.push(numbers.sharedOf(metric))
    groups[row] = group
  })
  return { groups, metrics: found }
}
