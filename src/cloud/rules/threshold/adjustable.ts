/**
 * Rules whose threshold people can set. Such a rule reads `tars_threshold{rule="…"}` itself, its value is what is
 * compared with it, and its annotations say what holds where people set none: `threshold`, `threshold_unit`. Pure.
 */
import { selectors } from '../../../promql/index.ts'
import type { AlertingRule, RuleGroup, RuleSet } from '../rule.ts'

/** `ratio`: 1 is all. `calls`: a minute. `times`: as much as is usual. */
export const THRESHOLD_UNITS = ['ratio', 'ms', 'calls', 'times', 'count'] as const
export type ThresholdUnit = (typeof THRESHOLD_UNITS)[number]

export interface AdjustableRule {
  /** As thresholds name it. */
  readonly name: string
  readonly rule: AlertingRule
  readonly group: RuleGroup
  /** Where people set none. */
  readonly otherwise: number
  readonly unit: ThresholdUnit
}

/** In the order of the rules; of one threshold the first rule that says what its default is. */
export function adjustableRules({ groups }: RuleSet): readonly AdjustableRule[] {
  const found = new Map<string, AdjustableRule>()
  for (const group of groups) {
    for (const rule of group.rules) {
      if (rule.kind !== 'alerting') continue
      const name = thresholdNameOf(rule)
      const otherwise = Number.parseFloat(textOf(rule, 'threshold'))
      if (name === undefined || Number.isNaN(otherwise) || found.has(name)) continue
      const said = textOf(rule, 'threshold_unit')
      const unit = THRESHOLD_UNITS.find((one) => one === said) ?? 'count'
      found.set(name, { name, rule, group, otherwise, unit })
    }
  }
  return [...found.values()]
}

/** Whose threshold it reads. */
function thresholdNameOf({ expr }: AlertingRule): string | undefined {
  for (const { name, matchers } of selectors(expr)) {
    if (name !== 'tars_threshold') continue
    const rule = matchers.find((each) => each.name === 'rule' && each.op === '=')
    if (rule) return rule.value
  }
  return undefined
}

function textOf({ annotations }: AlertingRule, name: string): string {
  return annotations.find((one) => one.name === name)?.template.text.trim() ?? ''
}
