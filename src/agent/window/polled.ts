/** What was read back, within the same budget of keys as what is heard. */
import type { PolledSpan } from '../../model/polled.ts'
import { PropertyTable } from './property-table.ts'
import { StatTable } from './stat-table.ts'
import type { WindowCounts, WindowLimits } from './windows.ts'

/** Rows of one key are added up; past the budget detail is folded, and counted. */
export function boundedSpan(
  span: PolledSpan,
  { maxStatKeys, maxPropertyKeys, foldedTo }: WindowLimits,
  counts: WindowCounts,
): PolledSpan {
  const stats = new StatTable(maxStatKeys, counts.stat, foldedTo)
  for (const { key, values } of span.stats) stats.add({ key, table: undefined, index: 0 }, values)
  const properties = new PropertyTable(maxPropertyKeys, counts.property)
  for (const row of span.properties) properties.add(row)
  counts.statRows += span.stats.length
  counts.propertyRows += span.properties.length
  return { ...span, stats: stats.rows(), properties: properties.rows() }
}
