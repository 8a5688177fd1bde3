/** Labels as Prometheus 3 takes them: any UTF-8 for names and values, each name once, a metric name. */
import type { Labels } from '../../../model/labels.ts'

const METRIC_NAME = '__name__'

/** Metric names that only this cloud writes: what agents report, and the alerts of the rules. */
const OURS = ['tars_', 'ALERTS']

/** The labels that are kept, by name, without empty values; or what is wrong with them. */
export function labelSet(texts: readonly string[]): Labels | string {
  const ascending = inOrder(texts) ? texts : sorted(texts)
  const labels: Record<string, string> = {}
  for (let i = 0; i < ascending.length; i += 2) {
    const name = ascending[i] as string
    const value = ascending[i + 1] as string
    if (name === '') return 'a label name is empty'
    if (name === ascending[i - 2]) return `label name ${JSON.stringify(name)} is not unique`
    if (value !== '') set(labels, name, value)
  }
  return nameFault(labels[METRIC_NAME]) ?? labels
}

function nameFault(metric: string | undefined): string | undefined {
  if (metric === undefined) return `no metric name: label ${METRIC_NAME} is missing`
  const prefix = OURS.find((own) => metric.startsWith(own))
  if (prefix === undefined) return undefined
  return `metric names that begin with ${prefix} are written by tars-alarm itself: rename the metric`
}

function set(labels: Record<string, string>, name: string, value: string): void {
  if (name !== '__proto__') labels[name] = value
  else Object.defineProperty(labels, name, { value, enumerable: true, configurable: true })
}

/** Strictly: no name twice. */
function inOrder(texts: readonly string[]): boolean {
  for (let i = 2; i < texts.length; i += 2) {
    if ((texts[i - 2] as string) >= (texts[i] as string)) return false
  }
  return true
}

function sorted(texts: readonly string[]): string[] {
  const pairs = texts.flatMap((text, i) =>
    i % 2 === 0 ? [[text, texts[i + 1] ?? ''] as const] : [],
  )
  return pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).flat()
}
