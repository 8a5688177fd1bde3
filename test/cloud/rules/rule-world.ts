/** Rules over series in memory, with their alerts: evaluator, tracker and store as in the cloud. */
import assert from 'node:assert/strict'
import { AlertTracker } from '../../../src/cloud/alerts/tracker.ts'
import { GroupEvaluator } from '../../../src/cloud/rules/group-evaluator.ts'
import { parseRuleFile } from '../../../src/cloud/rules/parse.ts'
import type { Sample } from '../../../src/cloud/rules/ports.ts'
import type { RuleGroup, RuleSet } from '../../../src/cloud/rules/rule.ts'
import { RuleFeeds } from '../../../src/cloud/rules/rule-feeds.ts'
import { type Labels, labelsKey } from '../../../src/model/labels.ts'
import type { FeedName } from '../../../src/model/polled.ts'
import { compileMatchers, evaluateInstant, type Source } from '../../../src/promql/index.ts'
import { silentLog } from '../../../src/support/log.ts'
import { MemoryStore } from '../alerts/memory-store.ts'

export const STEP = 10_000

/** One group `g` of these rules, every 10 s. */
export function rulesOf(rules: string, fields = ''): RuleSet {
  return fileOf(`groups: [{name: g, ${fields} rules: [${rules}]}]`)
}

export function fileOf(yaml: string): RuleSet {
  const { groups, faults } = parseRuleFile('a.yaml', yaml)
  assert.deepEqual(faults, [])
  return { files: ['a.yaml'], groups }
}

interface Column {
  readonly labels: Labels
  readonly times: number[]
  readonly values: number[]
}

export class RuleWorld {
  readonly store = new MemoryStore()
  rules: RuleSet
  /** Thrown instead of writing. */
  full = ''
  tracker = this.#tracker()
  evaluator = this.#evaluator()
  readonly #series = new Map<string, Column>()
  readonly #evaluated = new Map<string, number>()

  constructor(rules: RuleSet) {
    this.rules = rules
  }

  /** Of each time the first value stays, unless it is replaced. */
  put(labels: Labels, at: number, value: number, replaces = false): void {
    const key = labelsKey(labels)
    const column = this.#series.get(key) ?? { labels, times: [], values: [] }
    this.#series.set(key, column)
    const known = column.times.indexOf(at)
    if (known >= 0) {
      if (replaces) column.values[known] = value
      return
    }
    const later = column.times.findIndex((time) => time > at)
    const place = later < 0 ? column.times.length : later
    column.times.splice(place, 0, at)
    column.values.splice(place, 0, value)
  }

  /** All groups at `step` times 10 s. */
  async evaluate(step: number, late: FeedName[] = []): Promise<void> {
    const at = step * STEP
    const { rules } = this
    for (const group of rules.groups) {
      const previousAt = this.#evaluated.get(group.key)
      const before = previousAt !== undefined && { previousAt }
      await this.evaluator.evaluate({
        ...{ environment: 'al-1', group, rules, at, receivedAt: at + 5 },
        ...before,
        ...(late.length > 0 && { late }),
      })
      this.#evaluated.set(group.key, at)
    }
  }

  /** All groups again at these steps, as data came late, `now` steps after 0. */
  async again(steps: readonly number[], now: number): Promise<void> {
    await this.evaluator.evaluateAgain(this.#allAgain(steps, now))
  }

  /** All groups again at these steps of an outage that is over, `now` steps after 0. */
  async history(steps: readonly number[], now: number): Promise<void> {
    await this.evaluator.evaluateHistory(this.#allAgain(steps, now))
  }

  #allAgain(steps: readonly number[], now: number) {
    return new RuleFeeds(this.rules).ordered.map((group) => this.#again(group, steps, now))
  }

  #again(group: RuleGroup, steps: readonly number[], now: number) {
    return {
      ...{ environment: 'al-1', group, rules: this.rules, receivedAt: now * STEP },
      instants: steps.map((step) => step * STEP),
      evaluatedAt: this.#evaluated.get(group.key) ?? 0,
    }
  }

  /** A new process on the same store and series. */
  restart(): void {
    this.tracker = this.#tracker()
    this.evaluator = this.#evaluator()
  }

  /** What a query finds at `step`, a line each, sorted: `{labels} value`. */
  async query(expr: string, step: number): Promise<string[]> {
    const value = await evaluateInstant(expr, step * STEP, this.#source())
    assert.equal(value.type, 'vector')
    const samples = value.type === 'vector' ? value.samples : []
    return samples.map(({ labels, value }) => `${named(labels)} ${value}`).sort()
  }

  /** `3 fired A a`: step, change, rule and `job`. */
  told(): string[] {
    return this.store.changes.map(({ kind, at, alert }) => {
      return `${at / STEP} ${kind} ${alert.rule} ${alert.labels.job ?? '-'}`
    })
  }

  faults(group = 'a.yaml;g'): (string | undefined)[] {
    return this.evaluator.lastEvaluation('al-1', group)?.rules.map((one) => one?.fault) ?? []
  }

  #tracker(): AlertTracker {
    const events = async (_: string, labels: readonly Labels[]) => labels.map(() => [])
    return new AlertTracker({ store: this.store, events: { events }, log: silentLog })
  }

  #evaluator(): GroupEvaluator {
    return new GroupEvaluator({
      log: silentLog,
      query: () => ({ instant: (expr, at) => evaluateInstant(expr, at, this.#source()) }),
      observe: (observation) => this.tracker.observe(observation),
      observeLate: (...late) => this.tracker.observeLate(...late),
      observeHistory: (...history) => this.tracker.observeHistory(...history),
      record: async (_, at, samples, replaces) => this.#record(at, samples, replaces),
      standings: {
        standing: (...of) => this.tracker.standing(...of),
        standingAfter: (observation) => this.tracker.standingAfter(observation),
      },
    })
  }

  #record(at: number, samples: readonly Sample[], replaces?: boolean): void {
    if (this.full !== '') throw new Error(this.full)
    for (const { labels, value } of samples) this.put(labels, at, value, replaces)
  }

  #source(): Source {
    return {
      select: (matchers, startMs, endMs) => {
        const matches = compileMatchers(matchers)
        return [...this.#series.values()].filter(
          ({ labels, times }) =>
            matches(labels) && times.some((time) => time >= startMs && time <= endMs),
        )
      },
    }
  }
}

function named({ __name__ = '', ...labels }: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${value}`)
  return `${__name__}{${pairs.sort().join(',')}}`
}
