/**
 * Which series the rules of one environment wrote last: one that is written no more ends with a stale
 * marker. Kept in memory; after a start recorded series that ended meanwhile end with the lookback, as in
 * Prometheus (`rules/group.go`, `seriesInPreviousEval`).
 */
import { type Labels, labelsKey } from '../../model/labels.ts'
import { STALE } from '../../promql/index.ts'
import type { Sample } from './ports.ts'
import type { Rule, RuleGroup, RuleSet } from './rule.ts'

/** By `labelsKey`. */
type Series = ReadonlyMap<string, Labels>

export class WrittenSeries {
  /** Key of the group → key of the rule in it. */
  readonly #groups = new Map<string, Map<string, Series>>()

  knows(group: RuleGroup, rule: Rule): boolean {
    return this.#groups.get(group.key)?.has(ruleKey(group, rule)) ?? false
  }

  /** `samples`, and the end of each series of the time before that is not among them. */
  withEnds(group: RuleGroup, rule: Rule, samples: readonly Sample[]): readonly Sample[] {
    const before = this.#groups.get(group.key)?.get(ruleKey(group, rule))
    if (!before || before.size === 0) return samples
    const now = seriesOf(samples)
    const ended = [...before].filter(([key]) => !now.has(key)).map(([, labels]) => labels)
    return [...samples, ...ended.map(endOf)]
  }

  /** They are written. */
  keep(group: RuleGroup, rule: Rule, samples: readonly Sample[]): void {
    const rules = this.#groups.get(group.key) ?? new Map<string, Series>()
    rules.set(ruleKey(group, rule), seriesOf(samples))
    this.#groups.set(group.key, rules)
  }

  /** The ends of what was written by rules that are gone. */
  endsOfGone({ groups }: RuleSet): Sample[] {
    return [...this.#gone(groups)].flatMap(({ series }) => [...series.values()].map(endOf))
  }

  forgetGone({ groups }: RuleSet): void {
    for (const { group, rule } of [...this.#gone(groups)]) this.#groups.get(group)?.delete(rule)
  }

  *#gone(groups: readonly RuleGroup[]) {
    const known = new Map(groups.map((group) => [group.key, group]))
    for (const [key, rules] of this.#groups) {
      const group = known.get(key)
      const keys = new Set(group?.rules.map((rule) => ruleKey(group, rule)))
      for (const [rule, series] of rules) if (!keys.has(rule)) yield { group: key, rule, series }
    }
  }
}

function seriesOf(samples: readonly Sample[]): Series {
  return new Map(samples.map(({ labels }) => [labelsKey(labels), labels]))
}

function endOf(labels: Labels): Sample {
  return { labels, value: STALE }
}

/** Of its kind, name and labels, and which of those that are the same in these: it outlives a reload. */
function ruleKey({ rules }: RuleGroup, rule: Rule): string {
  const text = textOf(rule)
  const twins = rules.filter((other) => other.name === rule.name && textOf(other) === text)
  return `${text} ${twins.indexOf(rule)}`
}

function textOf({ kind, name, labels }: Rule): string {
  return JSON.stringify([kind, name, labels.map(({ name, template }) => [name, template.text])])
}
