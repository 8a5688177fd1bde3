import { mayMatch } from './feeds-of.ts'
import type { RuleSet } from './rule.ts'

/** Of the rules asked for last, by the metrics: they change seldom. */
const known = new WeakMap<RuleSet, Map<string, boolean>>()

/** Whether a rule's expression may read one of these metrics. */
export function mayRead(rules: RuleSet, metrics: readonly string[]): boolean {
  const answers = known.get(rules) ?? new Map<string, boolean>()
  known.set(rules, answers)
  const key = metrics.join(' ')
  const answer =
    answers.get(key) ??
    rules.groups.some((group) => group.rules.some(({ expr }) => mayMatch(expr, metrics)))
  answers.set(key, answer)
  return answer
}
