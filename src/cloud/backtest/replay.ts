/** Rules over stored data, a chunk of time after the other: what became of their alerts. */
import type { UnixMs } from '../../model/time.ts'
import { evaluateGroup } from '../rules/evaluate.ts'
import type { Observation, Query, RuleResult } from '../rules/ports.ts'
import type { AlertingRule, Rule, RuleGroup, RuleSet } from '../rules/rule.ts'
import { RuleWriter } from '../rules/rule-writer.ts'
import { WrittenSeries } from '../rules/written-series.ts'
import { type Instants, instantsOf, timesOf } from './instants.ts'
import { Overlay, type WrittenName } from './overlay.ts'
import { isApart, type Plan, type PlannedGroup } from './plan.ts'
import type { StoredSeries } from './ports.ts'
import { Questions } from './questions.ts'
import type { RangeAnswers } from './range-answers.ts'
import { type Happened, Trackers } from './trackers.ts'
import { turn } from './turn.ts'

export interface ReplayOptions {
  readonly environment: string
  readonly series: StoredSeries
  /** Annotations are worked out at every instant: rules come without them. */
  readonly plan: Plan
  /** Samples that rules record and others look back at. */
  readonly maxRecorded: number
  readonly onFailed: (group: RuleGroup, rule: Rule, at: UnixMs, message: string) => void
}

/** What an alert that a rule found weighs until it is observed, in samples of an answer. */
const ELEMENT_SAMPLES = 16

export class Replay {
  /** Those of chunks. */
  evaluations = 0
  readonly #options: ReplayOptions
  readonly #rules: RuleSet
  readonly #overlay: Overlay
  readonly #questions: Questions
  readonly #trackers: Trackers
  readonly #written = new WrittenSeries()
  /** The most samples of answers and results that were held at a time. */
  #heldSamples = 0

  constructor(options: ReplayOptions) {
    const { series, plan, maxRecorded } = options
    this.#options = options
    const groups = plan.groups.map(({ group }) => group)
    this.#rules = { files: [], groups }
    this.#overlay = new Overlay(series.source, writtenNames(plan), maxRecorded)
    this.#questions = new Questions(series, plan, this.#overlay)
    this.#trackers = new Trackers(plan.groups, series)
  }

  /** All groups at their instants in `[fromMs, toMs)`. Chunks follow each other. */
  async chunk(fromMs: UnixMs, toMs: UnixMs): Promise<Happened> {
    await this.#evaluate(this.#options.plan.groups, { fromMs, toMs, isCounted: true })
    return this.#trackers.take()
  }

  /** Before the first chunk, at `beginMs`: what rules read of each other, from when it is needed. Alerts begin after it. */
  async warmUp(fromMs: UnixMs, toMs: UnixMs, beginMs: UnixMs): Promise<void> {
    const { groups, reaches } = this.#options.plan
    const isDue = (rule: Rule) =>
      rule.kind === 'recording' && beginMs - (reaches.get(rule)?.warmMs ?? 0) < toMs
    const due = groups.map(({ group, slow }) => {
      return { group: { ...group, rules: group.rules.filter(isDue) }, slow }
    })
    await this.#evaluate(due, { fromMs, toMs, isCounted: false })
  }

  /** The next instant is `at`, or later. Returns how many samples were held at a time since it was asked last. */
  forgetBefore(at: UnixMs): number {
    const samples = this.#heldSamples
    this.#heldSamples = 0
    this.#overlay.forgetBefore(at)
    return samples
  }

  /** As `Questions` has it. */
  queryAt(at: UnixMs): Query {
    return this.#questions.at(at)
  }

  async #evaluate(all: readonly PlannedGroup[], span: Span): Promise<void> {
    const groups = all.filter(({ group }) => group.rules.length > 0)
    const before = this.#overlay.samples
    for (const { group, slow } of groups) {
      const instants = instantsOf(group, span.fromMs, span.toMs)
      if (slow === undefined && instants) await this.#inRanges(group, instants, span)
    }
    await this.#oneByOne(groups, span)
    this.#heldSamples += this.#overlay.samples - before
  }

  async #inRanges(group: RuleGroup, instants: Instants, span: Span): Promise<void> {
    const results: RuleResult[][] = []
    let elements = 0
    for (const rule of group.rules) {
      const answers = await this.#questions.ahead(group, rule, instants)
      this.#holds(answers.samples + elements * ELEMENT_SAMPLES)
      for (const [step, at] of timesOf(instants).entries()) {
        await turn()
        const isRead = rule.kind === 'recording' && this.#options.plan.reaches.has(rule)
        const writer = isRead ? this.#writer(group, at) : undefined
        const query = this.#questions.at(at, [answers])
        const found = await evaluateGroup({ ...group, rules: [rule] }, { at, query, writer })
        this.#overlay.checkSize()
        for (const result of found) elements += elementCount(result)
        results[step] = [...(results[step] ?? []), ...found]
      }
    }
    this.#holds(elements * ELEMENT_SAMPLES)
    for (const [step, at] of timesOf(instants).entries()) {
      await turn()
      await this.#judge(group, at, results[step] ?? [], span)
    }
  }

  async #judge(group: RuleGroup, at: UnixMs, results: readonly RuleResult[], span: Span) {
    for (const result of results) {
      if (result.kind !== 'alerting' || !this.#options.plan.reaches.has(result.rule)) continue
      await this.#writer(group, at).judged(result)
    }
    await this.#observe(group, at, results, span)
  }

  /** Groups that may read each other: at each instant in their order, as the cloud evaluates them. */
  async #oneByOne(groups: readonly PlannedGroup[], span: Span): Promise<void> {
    const due: { group: RuleGroup; order: number; answers: RangeAnswers[]; at: UnixMs }[] = []
    let samples = 0
    for (const [order, { group, slow }] of groups.entries()) {
      const instants = slow === undefined ? undefined : instantsOf(group, span.fromMs, span.toMs)
      if (!instants) continue
      const answers: RangeAnswers[] = []
      for (const rule of group.rules) {
        if (isApart(rule, this.#options.plan))
          answers.push(await this.#questions.ahead(group, rule, instants))
      }
      for (const each of answers) samples += each.samples
      for (const at of timesOf(instants)) due.push({ group, order, answers, at })
    }
    this.#holds(samples)
    due.sort((a, b) => a.at - b.at || a.order - b.order)
    for (const { group, at, answers } of due) {
      await turn()
      const writer = this.#writer(group, at)
      const query = this.#questions.at(at, answers)
      const results = await evaluateGroup(group, { at, query, writer })
      this.#overlay.checkSize()
      await this.#observe(group, at, results, span)
    }
  }

  async #observe(
    group: RuleGroup,
    at: UnixMs,
    results: readonly RuleResult[],
    { isCounted }: Span,
  ): Promise<void> {
    // Nothing is told of the time before.
    if (!isCounted) return
    this.evaluations += results.length
    for (const result of results) {
      if (result.kind !== 'failed') continue
      this.#options.onFailed(group, result.rule, at, result.message)
    }
    await this.#trackers.of(group).observe({ ...this.#moment(group, at), results })
  }

  #moment(group: RuleGroup, at: UnixMs): Omit<Observation, 'results'> {
    const { environment } = this.#options
    return { environment, group, rules: this.#rules, at, receivedAt: at }
  }

  #writer(group: RuleGroup, at: UnixMs): RuleWriter {
    const { environment } = this.#options
    const tracker = this.#trackers.of(group)
    return new RuleWriter({
      ...{ environment, group, at: at - group.queryOffsetMs, written: this.#written },
      record: async (_, dataAt, samples) => this.#overlay.write(dataAt, samples),
      standing: (rule: AlertingRule) => tracker.standing(environment, this.#rules, rule),
      standingAfter: (result) =>
        tracker.standingAfter({ ...this.#moment(group, at), results: [result] }),
    })
  }

  #holds(samples: number): void {
    this.#heldSamples = Math.max(this.#heldSamples, samples)
  }
}

interface Span {
  readonly fromMs: UnixMs
  readonly toMs: UnixMs
  /** False: nothing is told of it. */
  readonly isCounted: boolean
}

function elementCount(result: RuleResult): number {
  return result.kind === 'alerting' ? result.elements.length : 0
}

function writtenNames({ groups, reaches }: Plan): WrittenName[] {
  return groups.flatMap(({ group }) =>
    group.rules.flatMap((rule) => {
      const reach = reaches.get(rule)
      if (!reach) return []
      const { kind, name } = rule
      return { kind, name, keptMs: reach.keptMs, offsetMs: group.queryOffsetMs }
    }),
  )
}
