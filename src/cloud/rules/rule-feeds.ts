/** The feeds of each rule of a set: what it reads of the framework, also by way of what other rules write. */
import { selectors } from '../../promql/index.ts'
import { ALERT_SERIES, type DataFeed, feedsOf, testOf } from './feeds-of.ts'
import { lookBackMs } from './look-back.ts'
import type { Rule, RuleGroup, RuleSet } from './rule.ts'

/** For these nobody is waited for. */
const NOT_OF_DATA_TIME: ReadonlySet<DataFeed> = new Set(['events', 'outside'])
/** Rules that read what rules write that read …: followed so far. */
const MAX_CHAIN = 8

/** Of the rule sets there are: made once each. */
const known = new WeakMap<RuleSet, RuleFeeds>()

export function ruleFeeds(rules: RuleSet): RuleFeeds {
  const feeds = known.get(rules) ?? new RuleFeeds(rules)
  known.set(rules, feeds)
  return feeds
}

export class RuleFeeds {
  /** All groups, those that write before those that read it. */
  readonly ordered: readonly RuleGroup[]
  /** Of these the groups that read what agents hear: that may come late, what is read back always does. */
  readonly heard: readonly RuleGroup[]
  readonly #feeds = new Map<Rule, ReadonlySet<DataFeed>>()
  readonly #groups = new Map<RuleGroup, ReadonlySet<DataFeed>>()
  readonly #lookBacks: ReadonlyMap<Rule, number>

  constructor({ groups }: RuleSet) {
    const rules = groups.flatMap((group) => group.rules)
    const reads = new Map(rules.map((rule) => [rule, writersOf(rule, rules)]))
    for (const rule of rules) this.#feeds.set(rule, feedsOf(rule.expr))
    for (let grew = true; grew; ) {
      grew = false
      for (const [rule, writers] of reads) if (this.#take(rule, writers)) grew = true
    }
    this.#lookBacks = lookBacksOf(groups, reads)
    for (const group of groups) this.#groups.set(group, this.#together(group))
    this.ordered = orderedBy(groups, reads)
    this.heard = this.ordered.filter((group) => {
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

  /** How long after data an instant of it may still read them, also by way of what rules write. */
  lookBackMs({ rules }: RuleGroup): number {
    return Math.max(0, ...rules.map((rule) => this.#lookBacks.get(rule) ?? 0))
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

/** Where they read each other, the first comes first. */
function orderedBy(
  groups: readonly RuleGroup[],
  writers: ReadonlyMap<Rule, readonly Rule[]>,
): readonly RuleGroup[] {
  const groupOf = new Map(groups.flatMap((group) => group.rules.map((rule) => [rule, group])))
  const seen = new Set<RuleGroup>()
  const ordered: RuleGroup[] = []
  const visit = (group: RuleGroup) => {
    if (seen.has(group)) return
    seen.add(group)
    for (const rule of group.rules) {
      for (const writer of writers.get(rule) ?? []) visit(groupOf.get(writer) ?? group)
    }
    ordered.push(group)
  }
  for (const group of groups) visit(group)
  return ordered
}

function lookBacksOf(
  groups: readonly RuleGroup[],
  writers: ReadonlyMap<Rule, readonly Rule[]>,
): ReadonlyMap<Rule, number> {
  const own = groups.flatMap(({ rules, intervalMs }) => {
    // What is told of a time counts in the window that it is in: one more instant.
    return rules.map((rule) => [rule, lookBackMs(rule.expr) + intervalMs] as const)
  })
  let all = new Map(own)
  for (let depth = 1; depth < MAX_CHAIN; depth++) {
    const before = all
    const behind = (rule: Rule) => (writers.get(rule) ?? []).map((each) => before.get(each) ?? 0)
    all = new Map(own.map(([rule, ms]) => [rule, ms + Math.max(0, ...behind(rule))]))
  }
  return all
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
