/** Which rules of a group wait for which: what a rule writes can be read by the rules after it. */
import { ALERT_SERIES, mayMatch } from './feeds-of.ts'
import type { Rule, RuleGroup } from './rule.ts'

/** Groups change seldom. */
const known = new WeakMap<RuleGroup, readonly number[]>()

/** Of each rule the place of the last one before it whose series it may read; -1: there is none. */
export function readsAfter(group: RuleGroup): readonly number[] {
  const answer = known.get(group) ?? placesIn(group)
  known.set(group, answer)
  return answer
}

function placesIn({ rules }: RuleGroup): number[] {
  return rules.map(({ expr }, place) =>
    rules.slice(0, place).findLastIndex((before) => mayMatch(expr, writtenBy(before))),
  )
}

function writtenBy({ kind, name }: Rule): readonly string[] {
  return kind === 'recording' ? [name] : ALERT_SERIES
}
