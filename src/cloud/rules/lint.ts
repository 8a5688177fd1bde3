/** What is allowed in rule files, but hardly meant. */
import { children, type Expr, type VectorSelector } from '../../promql/index.ts'
import type { RuleFault } from './fault.ts'
import type { Rule, RuleGroup, RuleSet } from './rule.ts'

/** What TARS reports are deltas of a span; the agent's own metrics, baselines and thresholds are not. */
const DELTA = /^tars_(?!agent_|baseline|threshold)/

/** Functions that expect counters or gauges. */
const COUNTER_FUNCTIONS = [
  'rate',
  'irate',
  'increase',
  'delta',
  'idelta',
  'deriv',
  'resets',
  'changes',
]

/** Warnings, in the order of the rules. */
export function lint({ groups }: RuleSet): RuleFault[] {
  const seen = new Set<string>()
  return groups.flatMap((group) => [
    ...group.rules.flatMap((rule, index) => lintRule(group, rule, index + 1)),
    ...repeatedRules(group, seen),
  ])
}

function lintRule({ file, name }: RuleGroup, rule: Rule, number: number): RuleFault[] {
  const within = `group "${name}", rule ${number}, "${rule.name}"`
  // A rule that is read three times says so once.
  return [...new Set(lintExpr(rule.expr, undefined))].map((message) => {
    return { file, line: rule.line, column: rule.column, message: `${within}: ${message}` }
  })
}

function lintExpr(expr: Expr, func: string | undefined): string[] {
  if (expr.kind === 'vectorSelector') {
    const metric = metricOf(expr)
    if (!DELTA.test(metric)) return []
    return [`${metric} has deltas: its newest window says little; use sum_over_time(${metric}[1m])`]
  }
  if (expr.kind === 'matrixSelector') {
    const metric = metricOf(expr.vector)
    if (func === undefined || !COUNTER_FUNCTIONS.includes(func) || !DELTA.test(metric)) return []
    return [`${metric} has deltas, no counters: use sum_over_time instead of ${func}`]
  }
  return children(expr).flatMap((child) => lintExpr(child, expr.kind === 'call' ? expr.func : func))
}

function metricOf({ matchers }: VectorSelector): string {
  return matchers.find(({ name, op }) => name === '__name__' && op === '=')?.value ?? ''
}

/** `seen`: those of the groups of the file before this. As promtool's lint option `duplicate-rules`. */
function repeatedRules({ file, name, rules }: RuleGroup, seen: Set<string>): RuleFault[] {
  return rules.flatMap((rule) => {
    const labels = rule.labels.map(({ name, template }) => [name, template.text])
    const key = JSON.stringify([file, rule.name, labels.sort()])
    if (!seen.has(key)) {
      seen.add(key)
      return []
    }
    const message = `group "${name}", "${rule.name}": another rule has the same name and labels`
    return [{ file, line: rule.line, column: rule.column, message }]
  })
}
