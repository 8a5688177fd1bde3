import { compileMatchers, parse, selectors } from '../../../promql/index.ts'
import type { PlaceOfThreshold, Threshold } from '../../baselines/threshold.ts'
import type { RuleGroup } from '../rule.ts'
import type { AdjustableRule } from './adjustable.ts'
import { nearestExpression, within } from './nearest-expression.ts'

/**
 * The rules as they would be with these thresholds, whatever the series say that were written: they find only what is
 * within `place`. No others are with them: what they read of those is as it was stored.
 */
export function withThresholds(
  { name, groups }: AdjustableRule,
  thresholds: readonly Threshold[],
  place: PlaceOfThreshold,
): readonly RuleGroup[] {
  const ours = thresholds.filter((each) => each.rule === name)
  return groups.map((group) => {
    const rules = group.rules.map((rule) => {
      const query = within(replaced(rule.query, name, ours, place), place)
      return { ...rule, query, expr: parse(query) }
    })
    return { ...group, rules }
  })
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
