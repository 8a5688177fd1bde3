/** What a rule would find, for who writes it. */
import type { Value } from '../promql/index.ts'
import type { RuleFindings } from './api/ports.ts'

const EXAMPLES = 5

export function ruleFindings(value: Value): RuleFindings {
  if (value.type !== 'vector') return { found: 1, examples: [] }
  const examples = value.samples.slice(0, EXAMPLES).map(({ labels }) => ({ ...labels }))
  return { found: value.samples.length, examples }
}
