import type { Aggregation } from './ast.ts'
import type { Metric } from './metric.ts'

/** Which group each row is in, and the labels of the groups. */
export interface Grouping {
  readonly groups: Int32Array
  readonly metrics: readonly Metric[]
}

export function groupingOf(
  { grouping, without }: Aggregation,
  metrics: readonly Metric[],
): Grouping {
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
  }
  return { groups, metrics: found }
}
