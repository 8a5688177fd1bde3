/** What a rule would find, for who writes it. */
import type { Value } from '../promql/index.ts'
import type { RuleFindings } from './api/ports.ts'

const EXAMPLES = 5

/** Its answer: a sample for each `by` that there is. */
export const LEARNED = 'count by (by) (tars_baseline)'

export function learnedIn(value: Value): ReadonlySet<string> {
  const samples = value.type === 'vector' ? value.samples : []
  return new Set(samples.flatMap(({ labels }) => labels.by ?? []))
}

export function ruleFindings(value: Value): RuleFindings {
  if (value.type !== 'vector') return { found: 1, examples: [] }
  const examples = value.samples.slice(0, EXAMPLES).map(({ labels }) => ({ ...labels }))
  return { found: value.samples.length, examples }
}
