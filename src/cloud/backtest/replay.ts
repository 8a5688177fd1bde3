/** Rules over stored data, a chunk of time after the other: what became of their alerts. */
import type { UnixMs } from '../../model/time.ts'
import { type Expr, evaluateInstant, evaluateRange, parse } from '../../promql/index.ts'
import { silentLog } from '../../support/log.ts'
import type { Alert, AlertChange } from '../alerts/alert.ts'
import { AlertTracker } from '../alerts/tracker.ts'
import { evaluateGroup } from '../rules/evaluate.ts'
import { eventRules } from '../rules/event-rules.ts'
import type { Observation, Query, RuleResult } from '../rules/ports.ts'
import type { AlertingRule, Rule, RuleGroup, RuleSet } from '../rules/rule.ts'
import { RuleWriter } from '../rules/rule-writer.ts'
import { WrittenSeries } from '../rules/written-series.ts'
import { type Instants, instantsOf, timesOf } from './instants.ts'
import { Overlay } from './overlay.ts'
import { isApart, type Plan, type PlannedGroup } from './plan.ts'
import type { StoredSeries } from './ports.ts'
import { RangeAnswers } from './range-answers.ts'
import { turn } from './turn.ts'

export interface ReplayOptions {
  readonly environment: string
  readonly series: StoredSeries
  /** Annotations are worked out at every instant: rules come without them. */
  readonly plan: Plan
  readonly onFailed: (group: RuleGroup, rule: Rule, at: UnixMs, message: string) => void
}

/** What became of alerts in a chunk of time. */
export interface Happened {
  /** In the order of time. */
  readonly changes: readonly AlertChange[]
  /** Alerts that are over, also those whose end is no news. */
  readonly over: readonly Alert[]
}

export class Replay {
  evaluations = 0
  /** What a rule or its templates may ask, at one instant. */
  readonly query: Query
  readonly #options: ReplayOptions
  readonly #rules: RuleSet
  readonly #overlay: Overlay
  readonly #tracker: AlertTracker
  readonly #written = new WrittenSeries()
  readonly #expressions = new Map<string, Expr>()
  #changes: AlertChange[] = []
  #over: Alert[] = []

  constructor(options: ReplayOptions) {
    const { series, plan } = options
    this.#options = options
    const groups = plan.groups.map(({ group }) => group)
    this.#rules = { files: [], groups }
    this.#overlay = new Overlay(series.source, [...plan.read])
    this.query = plan.read.size > 0 ? { instant: (text, at) => this.#instant(text, at) } : series
    this.#tracker = new AlertTracker({
      events: { events: (_, ...question) => series.events(...question) },
      eventRules,
      log: silentLog,
      store: {
        livingAlerts: async () => [],
        firedSince: async () => [],
        progress: async () => [],
        saveEvaluation: async ({ changes, alerts }) => {
          this.#changes.push(...changes)
          this.#over.push(...alerts.filter(({ state }) => state === 'resolved'))
        },
      },
    })
  }

  /** All groups at their instants in `[fromMs, toMs)`. Chunks follow each other. */
  async chunk(fromMs: UnixMs, toMs: UnixMs): Promise<Happened> {
    await this.#evaluate(this.#options.plan.groups, fromMs, toMs)
    const changes = this.#changes.sort((a, b) => a.at - b.at)
    const over = this.#over
    this.#changes = []
    this.#over = []
    return { changes, over }
  }

  /** Before the first chunk: what rules read of each other. Alerts begin after it. */
  async warmUp(fromMs: UnixMs, toMs: UnixMs): Promise<void> {
    const groups = this.#options.plan.groups.map(({ group, slow }) => {
      const rules = group.rules.filter(({ kind }) => kind === 'recording')
      return { group: { ...group, rules }, slow }
    })
    await this.#evaluate(groups, fromMs, toMs)
  }

  /** Nobody looks further back than `ms` at what rules write. */
  forgetBefore(ms: UnixMs): void {
    this.#overlay.forgetBefore(ms)
  }

  async #evaluate(groups: readonly PlannedGroup[], fromMs: UnixMs, toMs: UnixMs): Promise<void> {
    for (const { group, slow } of groups) {
      const instants = instantsOf(group, fromMs, toMs)
      if (slow === undefined && instants) await this.#inRanges(group, instants)
    }
    await this.#oneByOne(groups, fromMs, toMs)
  }

  async #inRanges(group: RuleGroup, instants: Instants): Promise<void> {
    const results: RuleResult[][] = []
    for (const rule of group.rules) {
      const query = await this.#ahead(group, rule, instants, this.query)
      for (const [step, at] of timesOf(instants).entries()) {
        await turn()
        const isRead = rule.kind === 'recording' && this.#options.plan.read.has(rule)
        const writer = isRead ? this.#writer(group, at) : undefined
        const found = await evaluateGroup({ ...group, rules: [rule] }, { at, query, writer })
        results[step] = [...(results[step] ?? []), ...found]
      }
    }
    for (const [step, at] of timesOf(instants).entries()) {
      await turn()
      const found = results[step] ?? []
      for (const result of found) {
        if (result.kind !== 'alerting' || !this.#options.plan.read.has(result.rule)) continue
        await this.#writer(group, at).judged(result)
      }
      await this.#observe(group, at, found)
    }
  }

  /** The answers to a rule at all these instants; `other` answers the rest. */
  async #ahead(
    group: RuleGroup,
    rule: Rule,
    { startMs, endMs, stepMs }: Instants,
    other: Query,
  ): Promise<Query> {
    const { expr, query: text } = rule
    const { series, plan } = this.#options
    const answers = new RangeAnswers(text, other)
    const ask = (part: Instants) =>
      plan.readers.includes(rule)
        ? evaluateRange(expr, part.startMs, part.endMs, stepMs, this.#overlay)
        : series.range({ text, expr }, part)
    const offsetMs = group.queryOffsetMs
    await answers.load(ask, { startMs: startMs - offsetMs, endMs: endMs - offsetMs, stepMs })
    return answers
  }

  /** Groups that may read each other: at each instant in their order, as the cloud evaluates them. */
  async #oneByOne(groups: readonly PlannedGroup[], fromMs: UnixMs, toMs: UnixMs): Promise<void> {
    const due: { group: RuleGroup; order: number; query: Query; at: UnixMs }[] = []
    for (const [order, { group, slow }] of groups.entries()) {
      const instants = slow === undefined ? undefined : instantsOf(group, fromMs, toMs)
      if (!instants) continue
      let { query } = this
      for (const rule of group.rules) {
        if (isApart(rule, this.#options.plan))
          query = await this.#ahead(group, rule, instants, query)
      }
      for (const at of timesOf(instants)) due.push({ group, order, query, at })
    }
    due.sort((a, b) => a.at - b.at || a.order - b.order)
    for (const { group, at, query } of due) {
      await turn()
      const writer = this.#writer(group, at)
      await this.#observe(group, at, await evaluateGroup(group, { at, query, writer }))
    }
  }

  async #observe(group: RuleGroup, at: UnixMs, results: readonly RuleResult[]): Promise<void> {
    this.evaluations += results.length
    for (const result of results) {
      if (result.kind !== 'failed') continue
      this.#options.onFailed(group, result.rule, at, result.message)
    }
    await this.#tracker.observe({ ...this.#moment(group, at), results })
  }

  #moment(group: RuleGroup, at: UnixMs): Omit<Observation, 'results'> {
    const { environment } = this.#options
    return { environment, group, rules: this.#rules, at, receivedAt: at }
  }

  #writer(group: RuleGroup, at: UnixMs): RuleWriter {
    const { environment } = this.#options
    const standing = (rule: AlertingRule) => this.#tracker.standing(environment, this.#rules, rule)
    return new RuleWriter({
      ...{ environment, group, at: at - group.queryOffsetMs, written: this.#written },
      record: async (_, dataAt, samples) => this.#overlay.write(dataAt, samples),
      standing,
      standingAfter: (result) =>
        this.#tracker.standingAfter({ ...this.#moment(group, at), results: [result] }),
    })
  }

  async #instant(text: string, at: UnixMs) {
    const expr = this.#expressions.get(text) ?? parse(text)
    this.#expressions.set(text, expr)
    return evaluateInstant(expr, at, this.#overlay)
  }
}
