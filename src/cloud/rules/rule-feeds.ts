/** The feeds of each rule of a set: what it reads of the framework, also by way of what other rules write. */
import { selectors } from '../../promql/index.ts'
import { ALERT_SERIES, type DataFeed, feedsOf, testOf } from './feeds-of.ts'
import type { Rule, RuleGroup, RuleSet } from './rule.ts'

/** For these nobody is waited for. */
const NOT_OF_DATA_TIME: ReadonlySet<DataFeed> = new Set(['events', 'outside'])

export class RuleFeeds {
  /** The groups that read what agents hear: that may come late, what is read back always does. */
  readonly heard: readonly RuleGroup[]
  readonly #feeds = new Map<Rule, ReadonlySet<DataFeed>>()
  readonly #groups = new Map<RuleGroup, ReadonlySet<DataFeed>>()

  constructor({ groups }: RuleSet) {
    const rules = groups.flatMap((group) => group.rules)
    const reads = new Map(rules.map((rule) => [rule, writersOf(rule, rules)]))
    for (const rule of rules) this.#feeds.set(rule, feedsOf(rule.expr))
    for (let grew = true; grew; ) {
      grew = false
      for (const [rule, writers] of reads) if (this.#take(rule, writers)) grew = true
    }
    for (const group of groups) this.#groups.set(group, this.#together(group))
    this.heard = groups.filter((group) => {
      return this.ofGroup(group).has('subscribe') || this.ofGroup(group).has('events')
    })
  }

  of(rule: Rule): ReadonlySet<DataFeed> {
    return this.#feeds.get(rule) ?? feedsOf(rule.expr)
  }

  /** Rules of a group are evaluated together: one that waits for a feed holds up all. */
  ofGroup(group: RuleGroup): ReadonlySet<DataFeed> {
    return this.#groups.get(group) ?? this.#together(group)
  }

  /** Whether nothing that it reads is of data time. */
  isOnClock(group: RuleGroup): boolean {
    for (const feed of this.ofGroup(group)) if (!NOT_OF_DATA_TIME.has(feed)) return false
    return true
  }

  #together({ rules }: RuleGroup): ReadonlySet<DataFeed> {
    return new Set(rules.flatMap((rule) => [...this.of(rule)]))
  }

  /** Whether the rule reads more than before. */
  #take(rule: Rule, writers: readonly Rule[]): boolean {
    const before = this.of(rule)
    const now = new Set([...before, ...writers.flatMap((writer) => [...this.of(writer)])])
    this.#feeds.set(rule, now)
    return now.size > before.size
  }
}

/** The rules whose series this one may read. */
function writersOf(rule: Rule, rules: readonly Rule[]): Rule[] {
  const read = selectors(rule.expr).map(({ matchers }) => ({
    isNamed: testOf(matchers, '__name__'),
    isOfAlert: testOf(matchers, 'alertname'),
  }))
  const ofAlerts = read.filter(({ isNamed }) => ALERT_SERIES.some(isNamed))
  return rules.filter(({ kind, name }) =>
    kind === 'recording'
      ? read.some(({ isNamed }) => isNamed(name))
      : ofAlerts.some(({ isOfAlert }) => isOfAlert(name)),
  )
}
