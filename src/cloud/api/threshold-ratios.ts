import type { Threshold } from '../baselines/threshold.ts'
import { RATIO } from '../rules/form/form-rule.ts'
import type { RuleSet } from '../rules/rule.ts'
import { adjustableRules } from '../rules/threshold/adjustable.ts'
import { ApiFailure } from './api-failure.ts'

/** So many faults are told. */
const MAX_TOLD = 20

/**
 * A ratio is 1 at most: a larger threshold would turn an alarm off, for everybody it holds for, and nobody would see
 * it. What is stored may stay. `set`: one, or a list. @throws {ApiFailure} `invalid`
 */
export function checkRatios(
  set: Threshold | readonly Threshold[],
  stored: readonly Threshold[],
  rules: RuleSet | undefined,
): void {
  if (!rules) return
  const ratios = new Set(
    adjustableRules(rules).flatMap(({ name, unit }) => (unit === 'ratio' ? [name] : [])),
  )
  const kept = new Set(stored.map((one) => JSON.stringify(one)))
  const list = 'rule' in set ? [set] : set
  const fields = list
    .map((one, at) => ({ one, field: 'rule' in set ? 'value' : `${at}/value` }))
    .filter(({ one }) => ratios.has(one.rule) && one.value > 1 && !kept.has(JSON.stringify(one)))
    .slice(0, MAX_TOLD)
    .map(({ field }) => ({ field, expected: RATIO }))
  if (fields.length === 0) return
  const texts = fields.map(({ field, expected }) => `${field}: expected ${expected}`)
  throw new ApiFailure('invalid', texts.join('; '), { fields })
}
