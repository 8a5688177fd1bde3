/** One group at one instant: evaluated, written, observed. */
import type { UnixMs } from '../../model/time.ts'
import type { Log } from '../../support/log.ts'
import { evaluateGroup } from './evaluate.ts'
import { type LastEvaluation, LastEvaluations } from './last-evaluations.ts'
import type { Observation, Query, Record, Standings } from './ports.ts'
import type { Rule, RuleGroup } from './rule.ts'
import { ruleFeeds } from './rule-feeds.ts'
import { LateWriter, RuleWriter } from './rule-writer.ts'
import { WrittenSeries } from './written-series.ts'

export interface GroupEvaluatorOptions {
  readonly log: Log
  query(environment: string, group: RuleGroup): Query
  /**
   * Resolves when what it makes of the observation is saved, together with the group's progress. When it
   * rejects, the runner asks for the progress anew and goes on from there.
   */
  observe(observation: Observation): Promise<void>
  /** Takes instants of one group that are evaluated again, oldest first; `evaluatedAt` stays its progress. */
  observeLate?(observations: readonly Observation[], evaluatedAt: UnixMs): Promise<void>
  /** As `observeLate`, of an outage that is over: each list is of one group, the progress that of the first. */
  observeHistory?(groups: readonly (readonly Observation[])[], evaluatedAt: UnixMs): Promise<void>
  /** With both, what rules find is written as series. */
  readonly record?: Record
  readonly standings?: Standings
  /** Of the console, for templates. */
  readonly externalUrl?: string
}

/** Instants of a group that were evaluated before, and how far it has come. */
export interface Again extends Pick<Observation, 'environment' | 'group' | 'rules' | 'receivedAt'> {
  /** Oldest first. */
  readonly instants: readonly UnixMs[]
  readonly evaluatedAt: UnixMs
}

/** Which group, and when: an observation before it has results. */
export type Moment = Omit<Observation, 'results'>

export class GroupEvaluator {
  readonly counters = {
    evaluations: 0,
    /** Real time spent on evaluating and saving. */
    evaluationMs: 0,
    failedRules: 0,
    /** Instants evaluated once more, for data that came late. */
    again: 0,
  }
  readonly #options: GroupEvaluatorOptions
  readonly #last = new LastEvaluations()
  /** By environment. */
  readonly #written = new Map<string, WrittenSeries>()

  constructor(options: GroupEvaluatorOptions) {
    this.#options = options
  }

  /** How it went; undefined before the first time since the start, or since the rules of all changed. */
  lastEvaluation(environment: string, group: string): LastEvaluation | undefined {
    return this.#last.of(environment, group)
  }

  /** Other rules count from now on, of all environments. */
  reloaded(): void {
    this.#last.clear()
  }

  /** These are the groups of this environment from now on; those that it had may be among them. */
  reloadedOwn(environment: string, groups: readonly RuleGroup[]): void {
    this.#last.reload(environment, groups)
  }

  forget(environment: string): void {
    this.#last.forget(environment)
    this.#written.delete(environment)
  }

  /** Rejects when it was not saved. */
  async evaluate(moment: Moment): Promise<void> {
    const { environment, group, at } = moment
    const { query, observe, externalUrl } = this.#options
    const startedMs = performance.now()
    const ruleMs: number[] = []
    const writer = this.#writer(moment)
    const results = await evaluateGroup(group, {
      at,
      query: query(environment, group),
      writer,
      isPartial: (rule) => this.#isPartial(rule, moment),
      externalUrl,
      onRule: (tookMs) => ruleMs.push(tookMs),
    })
    await writer?.endGone(moment.rules).catch((error: unknown) => this.#options.log.warn(error))
    await observe({ ...moment, results })
    const groupMs = performance.now() - startedMs
    this.counters.evaluations++
    this.counters.evaluationMs += groupMs
    this.counters.failedRules += results.filter(({ kind }) => kind === 'failed').length
    // A fault is logged when it changes.
    const took = { groupMs, ruleMs, late: moment.late }
    for (const said of this.#last.note(environment, group.key, results, took)) {
      this.#options.log.warn({ environment, ...said }, 'a rule failed')
    }
  }

  /** What is recorded takes the place of what was. Rejects when it was not saved. */
  async evaluateAgain(all: readonly Again[]): Promise<void> {
    const { observeLate } = this.#options
    if (!observeLate) return
    const groups = await this.#observations(all)
    for (const [again, observations] of groups) await observeLate(observations, again.evaluatedAt)
  }

  /** As `evaluateAgain`, of an outage that is over. */
  async evaluateHistory(all: readonly Again[]): Promise<void> {
    const { observeHistory } = this.#options
    if (!observeHistory) return
    const groups = await this.#observations(all)
    const [first] = all
    if (first) await observeHistory([...groups.values()], first.evaluatedAt)
  }

  /** In order of time, and of one time in the order given: groups read what those before them record. */
  async #observations(all: readonly Again[]): Promise<Map<Again, Observation[]>> {
    const groups = new Map(all.map((again) => [again, [] as Observation[]]))
    const due = all.flatMap((again) => again.instants.map((at) => ({ again, at })))
    for (const { again, at } of due.sort((a, b) => a.at - b.at)) {
      groups.get(again)?.push(await this.#observation(again, at))
    }
    this.counters.again += due.length
    return groups
  }

  async #observation(again: Again, at: UnixMs): Promise<Observation> {
    const { query, externalUrl } = this.#options
    const { environment, group, rules, receivedAt } = again
    const writer = this.#lateWriter(again, at)
    const evaluation = { at, query: query(environment, group), writer, externalUrl }
    const results = await evaluateGroup(group, evaluation)
    const previousAt = at - group.intervalMs
    return { environment, group, rules, at, previousAt, receivedAt, results }
  }

  /** What is polled is looked at as of its newest bucket, however old; only what is heard can be missing. */
  #isPartial(rule: Rule, { late, rules }: Moment): boolean {
    return (late?.includes('subscribe') && ruleFeeds(rules).of(rule).has('subscribe')) ?? false
  }

  #writer(moment: Moment): RuleWriter | undefined {
    const { record, standings } = this.#options
    if (!record || !standings) return undefined
    const { environment, group, rules, at } = moment
    return new RuleWriter({
      ...{ environment, group, record },
      at: at - group.queryOffsetMs,
      written: this.#writtenIn(environment),
      standing: (rule) => standings.standing(environment, rules, rule),
      standingAfter: (result) => standings.standingAfter({ ...moment, results: [result] }),
    })
  }

  #lateWriter({ environment, group, evaluatedAt }: Again, at: UnixMs): LateWriter | undefined {
    const { record } = this.#options
    if (!record) return undefined
    return new LateWriter({
      ...{ environment, group, record },
      at: at - group.queryOffsetMs,
      newestAt: evaluatedAt - group.queryOffsetMs,
      written: this.#writtenIn(environment),
    })
  }

  #writtenIn(environment: string): WrittenSeries {
    const written = this.#written.get(environment) ?? new WrittenSeries()
    this.#written.set(environment, written)
    return written
  }
}
