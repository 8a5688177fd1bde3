/** Labels as Prometheus 3 takes them: any UTF-8 for names and values, each name once, a metric name. */
import { type Label, ownPrefix } from './label.ts'

/** Whether they can be taken as they are: nearly always. */
export function areFine(labels: readonly Label[]): boolean {
  let hasMetricName = false
  let last: Label | undefined
  for (const label of labels) {
    if (!label.isPlain || (last !== undefined && !label.isAfter(last))) return false
    if (label.isMetricName) hasMetricName = true
    last = label
  }
  return hasMetricName
}

/** Those that are kept, by name, without empty values; or what is wrong with them. */
export function labelSet(labels: readonly Label[]): readonly Label[] | string {
  const ascending = labels.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  for (const [at, { name }] of ascending.entries()) {
    if (name === '') return 'a label name is empty'
    if (name === ascending[at - 1]?.name) {
      return `label name ${JSON.stringify(name)} is not unique`
    }
  }
  const kept = ascending.filter(({ value }) => value !== '')
  return nameFault(kept.find(({ isMetricName }) => isMetricName)?.value) ?? kept
}

function nameFault(metric: string | undefined): string | undefined {
  if (metric === undefined) return 'no metric name: label __name__ is missing'
  const prefix = ownPrefix(metric)
  if (prefix === undefined) return undefined
  return `metric names that begin with ${prefix} are written by tars-alarm itself: rename the metric`
}
