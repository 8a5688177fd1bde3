import type { Aggregation } from './ast.ts'
import { type Budget, SERIES_WORK } from './budget.ts'
import type { Metric } from './metric.ts'

/** Which group each row is in, and the labels of the groups. */
export interface Grouping {
  readonly groups: Int32Array
  readonly metrics: readonly Metric[]
}

export async function groupingOf(
  { grouping, without }: Aggregation,
  metrics: readonly Metric[],
  budget: Budget,
): Promise<Grouping> {
  const names = [...new Set(grouping)].sort()
  const excluded = new Set([...names, '__name__'])
  const numbers = new Map<string, number>()
  const groups = new Int32Array(metrics.length)
  const found: Metric[] = []
  for (const [row, metric] of metrics.entries()) {
    const key = without ? metric.keyWithout(excluded) : metric.keyOf(names)
    let group = numbers.get(key)
    if (group === undefined) {
      group = found.length
      numbers.set(key, group)
      found.push(without ? metric.without(excluded) : metric.keep(names))
    }
    groups[row] = group
    const rest = budget.tick(SERIES_WORK)
    if (rest) await rest
  }
  return { groups, metrics: found }
}
