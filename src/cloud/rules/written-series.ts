/**
 * Which series the rules of one environment wrote last: one that is written no more ends with a stale
 * marker. And which they wrote lately: of an instant that is evaluated again any of them may have a value that is to
 * go. Kept in memory; after a start recorded series that ended meanwhile end with the lookback, as in
 * Prometheus (`rules/group.go`, `seriesInPreviousEval`).
 */
import { type Labels, labelsKey } from '../../model/labels.ts'
import type { UnixMs } from '../../model/time.ts'
import { STALE } from '../../promql/index.ts'
import type { Sample } from './ports.ts'
import type { Rule, RuleGroup, RuleSet } from './rule.ts'

/** As long as instants are evaluated again for data that come late, and a minute. */
const LATELY_MS = 11 * 60_000
/** Of a rule; the oldest are forgotten. */
const MAX_ENDED = 10_000

/** By `labelsKey`. */
type Series = ReadonlyMap<string, Labels>

/** Series as they came. Mostly the same come again, in the same order: nobody needs their keys then. */
class Listed {
  readonly #all: readonly Labels[]
  #series: Series | undefined

  constructor(samples: readonly Sample[]) {
    this.#all = samples.map(({ labels }) => labels)
  }

  get series(): Series {
    this.#series ??= new Map(this.#all.map((labels) => [labelsKey(labels), labels]))
    return this.#series
  }

  /** Whether these are they; false: who knows. */
  isOf(samples: readonly Sample[]): boolean {
    const all = this.#all
    return (
      all.length === samples.length && samples.every(({ labels }, at) => isSame(labels, all[at]))
    )
  }
}

function isSame(a: Labels, b: Labels = {}): boolean {
  const names = Object.keys(a)
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name])
}

interface Written {
  readonly last: Listed
  /** Those written lately, but not last, and when they were found to be so; the oldest first. */
  readonly ended: Map<string, { readonly labels: Labels; readonly at: UnixMs }>
}

export class WrittenSeries {
  /** Key of the group → key of the rule in it. */
  readonly #groups = new Map<string, Map<string, Written>>()

  knows(group: RuleGroup, rule: Rule): boolean {
    return this.#groups.get(group.key)?.has(ruleKey(group, rule)) ?? false
  }

  /** `samples`, and the end of each series of the time before that is not among them. */
  withEnds(group: RuleGroup, rule: Rule, samples: readonly Sample[]): readonly Sample[] {
    const last = this.#of(group, rule)?.last
    return !last || last.isOf(samples) ? samples : withEnds(samples, last.series)
  }

  /** As `withEnds`, of each series that was written lately. */
  withLateEnds(group: RuleGroup, rule: Rule, samples: readonly Sample[]): readonly Sample[] {
    const { last, ended = [] } = this.#of(group, rule) ?? {}
    const others = Array.from(ended, ([key, { labels }]) => [key, labels] as const)
    return withEnds(samples, [...(last?.series ?? []), ...others])
  }

  /** They are written, of the newest instant: `at`. */
  keep(group: RuleGroup, rule: Rule, samples: readonly Sample[], at: UnixMs): void {
    const { last: before, ended = new Map() } = this.#of(group, rule) ?? {}
    if (before?.isOf(samples)) {
      forgetOld(ended, at)
      return
    }
    const last = new Listed(samples)
    const { series } = last
    for (const key of series.keys()) ended.delete(key)
    for (const [key, labels] of before?.series ?? []) {
      if (!series.has(key)) ended.set(key, { labels, at })
    }
    forgetOld(ended, at)
    this.#put(group, rule, { last, ended })
  }

  /** They are written too, of an instant before; `now`: the newest. */
  keepLate(group: RuleGroup, rule: Rule, samples: readonly Sample[], now: UnixMs): void {
    const { last, ended } =
      this.#of(group, rule) ?? this.#put(group, rule, { last: new Listed([]), ended: new Map() })
    for (const [key, labels] of new Listed(samples).series) {
      if (last.series.has(key)) continue
      ended.delete(key)
      ended.set(key, { labels, at: now })
    }
    forgetOld(ended, now)
  }

  /** The ends of what was written by rules that are gone. */
  endsOfGone({ groups }: RuleSet): Sample[] {
    return [...this.#gone(groups)].flatMap(({ last }) => [...last.series.values()].map(endOf))
  }

  forgetGone({ groups }: RuleSet): void {
    for (const { group, rule } of [...this.#gone(groups)]) this.#groups.get(group)?.delete(rule)
  }

  #of(group: RuleGroup, rule: Rule): Written | undefined {
    return this.#groups.get(group.key)?.get(ruleKey(group, rule))
  }

  #put(group: RuleGroup, rule: Rule, written: Written): Written {
    const rules = this.#groups.get(group.key) ?? new Map<string, Written>()
    rules.set(ruleKey(group, rule), written)
    this.#groups.set(group.key, rules)
    return written
  }

  *#gone(groups: readonly RuleGroup[]) {
    const known = new Map(groups.map((group) => [group.key, group]))
    for (const [key, rules] of this.#groups) {
      const group = known.get(key)
      const keys = new Set(group?.rules.map((rule) => ruleKey(group, rule)))
      for (const [rule, { last }] of rules) if (!keys.has(rule)) yield { group: key, rule, last }
    }
  }
}

function withEnds(samples: readonly Sample[], known: Iterable<readonly [string, Labels]>) {
  const now = new Listed(samples).series
  const ended = [...known].filter(([key]) => !now.has(key)).map(([, labels]) => endOf(labels))
  return ended.length > 0 ? [...samples, ...ended] : samples
}

function forgetOld(ended: Written['ended'], now: UnixMs): void {
  for (const [key, { at }] of ended) {
    if (ended.size <= MAX_ENDED && now - at <= LATELY_MS) return
    ended.delete(key)
  }
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
