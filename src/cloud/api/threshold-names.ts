import type { Threshold } from '../baselines/threshold.ts'
import type { RuleSet } from '../rules/rule.ts'
import { namesRead } from '../rules/threshold/adjustable.ts'
import { ApiFailure } from './api-failure.ts'

/** So many names are told, and so many faults. */
const MAX_TOLD = 20

/**
 * What is set is of rules that read it: another name would do nothing, and nobody would see it. Names that are stored
 * may stay: their rules may be away for a while. `set`: one, or a list. @throws {ApiFailure} `invalid`
 */
export function checkNames(
  set: Threshold | readonly Threshold[],
  stored: readonly Threshold[],
  rules: RuleSet | undefined,
): void {
  if (!rules) return
  const known = new Set([...namesRead(rules), ...stored.map(({ rule }) => rule)])
  const list = 'rule' in set ? [set] : set
  const fields = list
    .map(({ rule }, at) => ({ rule, field: 'rule' in set ? 'rule' : `${at}/rule` }))
    .filter(({ rule }) => !known.has(rule))
    .slice(0, MAX_TOLD)
    .map(({ field }) => ({ field, expected: expectedOf([...known]) }))
  if (fields.length === 0) return
  const texts = fields.map(({ field, expected }) => `${field}: expected ${expected}`)
  throw new ApiFailure('invalid', texts.join('; '), { fields })
}

function expectedOf(known: readonly string[]): string {
  if (known.length === 0) return 'a rule that reads a threshold: there is none'
  const more = known.length > MAX_TOLD ? ` and ${known.length - MAX_TOLD} more` : ''
  return `one of ${known.slice(0, MAX_TOLD).join(', ')}${more}`
}
