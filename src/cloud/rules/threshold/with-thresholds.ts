import { compileMatchers, parse, selectors } from '../../../promql/index.ts'
import type { PlaceOfThreshold, Threshold } from '../../baselines/threshold.ts'
import type { AlertingRule, RuleGroup } from '../rule.ts'
import type { AdjustableRule } from './adjustable.ts'
import { nearestExpression, within } from './nearest-expression.ts'

/**
 * The rule as it would be with these thresholds, whatever the series say that were written: it finds only what is
 * within `place`. Alone in its group: what else it reads is as it was stored.
 */
export function withThresholds(
  { name, rule, group }: AdjustableRule,
  thresholds: readonly Threshold[],
  place: PlaceOfThreshold,
): RuleGroup {
  const ours = thresholds.filter((each) => each.rule === name)
  const query = within(replaced(rule.query, name, ours, place), place)
  const changed: AlertingRule = { ...rule, query, expr: parse(query) }
  return { ...group, rules: [changed] }
}

function replaced(
  query: string,
  rule: string,
  thresholds: readonly Threshold[],
  place: PlaceOfThreshold,
): string {
  let text = query
  // From the end, so that what comes before stays where it is.
  for (const { name, matchers, span } of selectors(parse(query)).toReversed()) {
    if (name !== 'tars_threshold') continue
    const takes = compileMatchers(matchers)
    const kinds = (['interface', 'server'] as const).filter((kind) =>
      takes({ __name__: name, rule, callee: 'A.B', interface: kind === 'server' ? '' : 'c' }),
    )
    const parts = kinds.map((kind) => nearestExpression(thresholds, place, kind))
    const value = parts.length === 0 ? '(vector(0) > 0)' : `(${parts.join(' or ')})`
    text = text.slice(0, span.start) + value + text.slice(span.end)
  }
  return text
}
