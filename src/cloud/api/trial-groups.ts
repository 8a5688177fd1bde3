/** What a backtest of the console runs. @throws {ApiFailure} `invalid`, with where it is wrong. */
import type { z } from 'zod'
import { type Threshold, withThreshold } from '../baselines/threshold.ts'
import { ownGroups } from '../rules/form/own-groups.ts'
import type { OwnRule, OwnRuleBody } from '../rules/form/own-rule.ts'
import { parseRuleFile } from '../rules/parse.ts'
import type { RuleGroup, RuleSet } from '../rules/rule.ts'
import { adjustableRules } from '../rules/threshold/adjustable.ts'
import { withThresholds } from '../rules/threshold/with-thresholds.ts'
import { refusal } from './api-failure.ts'
import { changedValue } from './threshold-own.ts'
import type { trialBody } from './trial-schemas.ts'

type Rules = z.output<typeof trialBody>['rules']

export interface Known {
  readonly rules: RuleSet
  readonly thresholds: readonly Threshold[]
  /** Those that people made. */
  readonly own: readonly OwnRule[]
}

/** Of a threshold, and of the value of a form: as it is, then as it would be. */
export function trialGroups(rules: Rules, known: Known): (readonly RuleGroup[])[] {
  if (rules.kind === 'text') return [groupsOfText(rules.text)]
  if (rules.kind === 'threshold') return groupsOfThreshold(rules.threshold, known)
  if (rules.kind === 'value') {
    const { before, after } = changedValue(known.own, rules, 'rules/')
    return [before, after].map(({ body }) => groupsOfOwn(body))
  }
  return [groupsOfOwn(rules.body)]
}

function groupsOfOwn(body: OwnRuleBody): readonly RuleGroup[] {
  const rule = { environment: '', id: 'trial', body: { ...body, enabled: true } }
  const { groups, faults } = ownGroups([rule])
  const fault = faults.get('trial')
  if (fault !== undefined) throw refusal('rules/body/rule/expr', fault)
  return groups
}

function groupsOfText(text: string): readonly RuleGroup[] {
  const { groups, faults } = parseRuleFile('rules.yaml', text)
  if (faults.length > 0) {
    const said = faults.slice(0, 20).map(({ line, column, message }) => {
      return `${line}:${column}: ${message}`
    })
    throw refusal('rules/text', said.join('\n'))
  }
  if (groups.length === 0) throw refusal('rules/text', 'a rule file with a rule in it')
  return groups
}

function groupsOfThreshold(threshold: Threshold, { rules, thresholds }: Known) {
  const rule = adjustableRules(rules).find(({ name }) => name === threshold.rule)
  if (!rule) throw refusal('rules/threshold/rule', 'a rule that reads a threshold')
  const after = withThreshold(thresholds, threshold)
  return [thresholds, after].map((each) => withThresholds(rule, each, threshold))
}
