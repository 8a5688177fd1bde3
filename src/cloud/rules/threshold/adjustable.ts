/**
 * Rules whose threshold people can set. Such a rule reads `tars_threshold{rule="…"}` itself, its value is what is
 * compared with it, and its annotations say what holds where people set none: `threshold`, `threshold_unit`. Pure.
 */
import { children, type Expr, isComparison, selectors } from '../../../promql/index.ts'
import type { AlertingRule, Rule, RuleGroup, RuleSet } from '../rule.ts'

/** `ratio`: 1 is all. `calls`: a minute. `times`: as much as is usual. */
export const THRESHOLD_UNITS = ['ratio', 'ms', 'calls', 'times', 'count'] as const
export type ThresholdUnit = (typeof THRESHOLD_UNITS)[number]

export interface AdjustableRule {
  /** As thresholds name it. */
  readonly name: string
  /** The first that says what its default is. */
  readonly rule: AlertingRule
  /** All rules that read the threshold, without the others of their groups. */
  readonly groups: readonly RuleGroup[]
  /** Where people set none. */
  readonly otherwise: number
  readonly unit: ThresholdUnit
  /** Fires when the value is above, else when it is below. */
  readonly isAbove: boolean
}

/** In the order of the rules; several may read one threshold. */
export function adjustableRules({ groups }: RuleSet): readonly AdjustableRule[] {
  const found = new Map<string, AdjustableRule>()
  for (const rule of groups.flatMap((group) => group.rules)) {
    if (rule.kind !== 'alerting') continue
    const name = thresholdNameOf(rule)
    const otherwise = Number.parseFloat(textOf(rule, 'threshold'))
    if (name === undefined || Number.isNaN(otherwise) || found.has(name)) continue
    const said = textOf(rule, 'threshold_unit')
    const unit = THRESHOLD_UNITS.find((one) => one === said) ?? 'count'
    const isAbove = firesAbove(rule.expr) ?? true
    found.set(name, { name, rule, groups: readersOf(name, groups), otherwise, unit, isAbove })
  }
  return [...found.values()]
}

/** Whose thresholds rules read, adjustable or not, each once. */
export function namesRead({ groups }: RuleSet): readonly string[] {
  const names = groups.flatMap(({ rules }) => rules.map(thresholdNameOf))
  return [...new Set(names.filter((name) => name !== undefined))]
}

function readersOf(name: string, groups: readonly RuleGroup[]): readonly RuleGroup[] {
  return groups
    .map((group) => {
      const reads = (rule: Rule) => rule.kind === 'alerting' && thresholdNameOf(rule) === name
      return { ...group, rules: group.rules.filter(reads) }
    })
    .filter(({ rules }) => rules.length > 0)
}

/** Whose threshold it reads. */
function thresholdNameOf({ expr }: Rule): string | undefined {
  for (const { name, matchers } of selectors(expr)) {
    if (name !== 'tars_threshold') continue
    const rule = matchers.find((each) => each.name === 'rule' && each.op === '=')
    if (rule) return rule.value
  }
  return undefined
}

/** By its comparison with the threshold; undefined: there is none in it. */
function firesAbove(expr: Expr): boolean | undefined {
  if (expr.kind === 'binary' && isComparison(expr.op) && readsThreshold(expr)) {
    const isRight = readsThreshold(expr.right)
    if (isRight !== readsThreshold(expr.left)) return expr.op.startsWith('>') === isRight
  }
  for (const child of children(expr)) {
    const found = firesAbove(child)
    if (found !== undefined) return found
  }
  return undefined
}

function readsThreshold(expr: Expr): boolean {
  return selectors(expr).some(({ name }) => name === 'tars_threshold')
}

function textOf({ annotations }: AlertingRule, name: string): string {
  return annotations.find((one) => one.name === name)?.template.text.trim() ?? ''
}
