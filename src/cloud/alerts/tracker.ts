import type { NotifyEvent } from '../../model/event.ts'
import { labelsKey } from '../../model/labels.ts'
import type { UnixMs } from '../../model/time.ts'
import type { Log } from '../../support/log.ts'
import type { Observation, Standing, Standings } from '../rules/ports.ts'
import type { AlertingRule, RuleGroup, RuleSet } from '../rules/rule.ts'
import type { Alert, AlertChange } from './alert.ts'
import { FLAPPING, lately } from './flapping.ts'
import {
  aliveKey,
  type EventRules,
  eventQuestion,
  judge,
  type Living,
  rulesOf,
  type Verdict,
} from './judge.ts'
import { foundLate, historic, markedLate } from './late.ts'
import { lateDigest } from './late-digest.ts'
import type { AlertStore, EventLog } from './ports.ts'

export interface TrackerOptions {
  readonly store: AlertStore
  readonly events: EventLog
  readonly log: Log
  /** Most alerts of one rule and environment at a time; with more the rule counts as failed. */
  readonly maxPerRule?: number
  /** Without it a rule counts all of the last minute. */
  readonly eventRules?: EventRules
  /** Whether alerts of the group that come and go are told as flapping; default: all. Prometheus knows nothing of that. */
  readonly damps?: (group: RuleGroup) => boolean
  /** How long news that an alert fired may wait for its cause; undefined: not at all. */
  readonly holdUntil?: (alert: Alert, observation: Observation) => UnixMs | undefined
}

const ALL_EVENTS: EventRules = { takes: () => true, backMs: () => 0 }

type Evaluation = Parameters<AlertStore['saveEvaluation']>[0]

/** When what came and went fired is remembered of so many. */
const MAX_FIRED = 4000
/** An alert that was told, and is evaluated again with data that came late, fired no longer before them. */
const LONGEST_MS = 6 * 3_600_000

interface Environment {
  /** By `aliveKey`. */
  readonly living: Map<string, Living>
  rules: RuleSet
}

/** Keeps the alerts that are pending or firing; state and news are saved together, then it forgets nothing. */
export class AlertTracker implements Standings {
  readonly counters = { crowded: 0, late: 0 }
  readonly #options: Required<TrackerOptions>
  readonly #environments = new Map<string, Environment>()
  /** By environment and `aliveKey`, when those that fired lately did. */
  readonly #firedAts = new Map<string, Map<string, readonly UnixMs[]>>()
  readonly #crowded = new Set<string>()

  constructor(options: TrackerOptions) {
    this.#options = {
      ...{ maxPerRule: 2000, eventRules: ALL_EVENTS },
      ...{ damps: () => true, holdUntil: () => undefined },
      ...options,
    }
  }

  /**
   * Resolves when the alerts' new state, their changes and the group's progress are saved. When it rejects,
   * go on from the progress in the store. One at a time for each environment, in time order.
   */
  async observe(observation: Observation): Promise<void> {
    const { environment, group, at } = observation
    const { maxPerRule, damps } = this.#options
    const known = await this.#environment(observation)
    const firedAts = await this.#firedLately(environment, at)
    const verdict = judge({
      observation,
      living: known.living,
      maxPerRule,
      events: await this.#events(observation),
      ...(damps(group) && { firedAts }),
    })
    const progress = { environment, group: group.key, evaluatedAt: at }
    const { alerts, dropped, changes } = verdict
    const holds = this.#holds(changes, observation)
    await this.#save(environment, { progress, alerts, dropped, changes, holds })
    for (const [key, living] of verdict.living) {
      if (living) known.living.set(key, living)
      else known.living.delete(key)
    }
    rememberFired(firedAts, changes, at)
    this.#report(observation, verdict)
  }

  /**
   * Instants of one group that were evaluated before, with data that came late; oldest first. Alerts that fire in
   * them and nobody was told of fire now, marked with `late_seconds`. As `observe` otherwise.
   */
  async observeLate(observations: readonly Observation[], evaluatedAt: UnixMs): Promise<void> {
    const [first] = observations
    if (!first) return
    const { environment, group, receivedAt } = first
    const found = await this.#foundLate(first, observations)
    if (found.size === 0) return
    this.counters.late += found.size
    const { living } = await this.#environment(first)
    const alerts = [...found.values()].map(({ alert }) => markedLate(alert, receivedAt))
    const dropped = [...found].flatMap(([key, { alert }]) => {
      const pending = living.get(key)?.alert
      return pending && pending.id !== alert.id ? [pending.id] : []
    })
    const changes = alerts.map((alert) => {
      return { kind: 'fired' as const, at: evaluatedAt, receivedAt, alert }
    })
    const progress = { environment, group: group.key, evaluatedAt }
    await this.#save(environment, { progress, alerts, dropped, changes })
    for (const alert of alerts) {
      const key = aliveKey(alert.rule, alert.labels)
      living.set(key, { alert, rule: found.get(key)?.rule })
    }
  }

  /**
   * As `observeLate`, of instants that are long over: what fires in them is recorded as found late, and told of in
   * one message.
   */
  async observeHistory(
    groups: readonly (readonly Observation[])[],
    evaluatedAt: UnixMs,
  ): Promise<void> {
    const first = groups[0]?.[0]
    if (!first) return
    const { environment, group, receivedAt } = first
    const alerts: Alert[] = []
    for (const observations of groups) {
      const found = await this.#foundLate(first, observations)
      const lastAt = observations.at(-1)?.at ?? evaluatedAt
      for (const { alert } of found.values()) alerts.push(historic(alert, lastAt, receivedAt))
    }
    if (alerts.length === 0) return
    this.counters.late += alerts.length
    const digest = lateDigest(alerts, receivedAt)
    const news = {
      kind: 'fired',
      at: evaluatedAt,
      receivedAt,
      alert: digest,
      isPast: true,
    } as const
    const changes = [news]
    const progress = { environment, group: group.key, evaluatedAt }
    const saved = [...alerts, { ...digest, state: 'resolved' as const, resolvedAt: receivedAt }]
    await this.#save(environment, { progress, alerts: saved, dropped: [], changes })
  }

  /** Alerts that are pending or firing; undefined where only the store knows, until the next observation. */
  living(environment: string): readonly Alert[] | undefined {
    const { living } = this.#environments.get(environment) ?? {}
    return living && [...living.values()].map(({ alert }) => alert)
  }

  /** As `Standings` of the rules. */
  async standing(
    environment: string,
    rules: RuleSet,
    rule: AlertingRule,
  ): Promise<readonly Standing[]> {
    const { living } = await this.#environment({ environment, rules })
    // Whose it is shows when it is found: until then nobody ends its series.
    const known = [...living.values()].filter(({ orOf = [] }) => orOf.length === 0)
    return standingsOf(rule, known)
  }

  /** As `Standings` of the rules. */
  async standingAfter(observation: Observation): Promise<readonly Standing[]> {
    const [result] = observation.results
    if (result?.kind !== 'alerting') return []
    const { living } = await this.#environment(observation)
    if (living.size === 0 && result.elements.length === 0) return []
    const { maxPerRule } = this.#options
    const verdict = judge({ observation, living, maxPerRule, events: new Map() })
    const after = new Map<string, Living | undefined>([...living, ...verdict.living])
    return standingsOf(result.rule, after.values())
  }

  /** Nothing is kept in mind of this environment; what is in the store counts. */
  forget(environment: string): void {
    this.#environments.delete(environment)
    this.#firedAts.delete(environment)
  }

  async #foundLate(
    of: Pick<Observation, 'environment' | 'rules'>,
    observations: readonly Observation[],
  ): Promise<Map<string, Living>> {
    const { living } = await this.#environment(of)
    const toldSince = (observations[0]?.at ?? Infinity) - LONGEST_MS
    const told = await this.#options.store.firedSince(of.environment, toldSince)
    const runs = Map.groupBy(told, ({ rule, labels }) => aliveKey(rule, labels))
    const scenes = []
    for (const observation of observations) {
      scenes.push({ observation, events: await this.#events(observation) })
    }
    return foundLate({
      ...{ observations: scenes, living, maxPerRule: this.#options.maxPerRule },
      isTold: (key, { activeAt, clearedAt = Infinity }) =>
        (runs.get(key) ?? []).some(({ firedAt, resolvedAt = Infinity }) => {
          return resolvedAt >= activeAt && firedAt <= clearedAt
        }),
    })
  }

  async #firedLately(environment: string, at: UnixMs): Promise<Map<string, readonly UnixMs[]>> {
    const known = this.#firedAts.get(environment)
    if (known) return known
    const runs = await this.#options.store.firedSince(environment, at - FLAPPING.withinMs)
    const firedAts = new Map<string, readonly UnixMs[]>()
    for (const { rule, labels, firedAt } of runs) {
      const key = aliveKey(rule, labels)
      firedAts.set(key, [...(firedAts.get(key) ?? []), firedAt])
    }
    this.#firedAts.set(environment, firedAts)
    return firedAts
  }

  #holds(changes: readonly AlertChange[], observation: Observation): Map<string, UnixMs> {
    const holds = new Map<string, UnixMs>()
    for (const { kind, alert } of changes) {
      const until = kind === 'fired' ? this.#options.holdUntil(alert, observation) : undefined
      if (until !== undefined) holds.set(alert.id, until)
    }
    return holds
  }

  async #save(environment: string, evaluation: Evaluation): Promise<void> {
    try {
      await this.#options.store.saveEvaluation(evaluation)
    } catch (error) {
      // Whether it was saved may be unknown: the store knows where the alerts stand.
      this.forget(environment)
      throw error
    }
  }

  /** By `labelsKey`. */
  async #events(observation: Observation): Promise<Map<string, readonly NotifyEvent[]>> {
    const { events, maxPerRule, eventRules } = this.#options
    const question = eventQuestion(observation, maxPerRule, eventRules)
    const { asked, since, fromMs, toMs } = question
    if (asked.length === 0) return new Map()
    const labels = asked.map((each) => each.labels)
    const found = await events.events(observation.environment, labels, fromMs, toMs)
    return new Map(
      asked.map(({ rule, labels }, at) => {
        const counted = (event: NotifyEvent) =>
          event.at >= since(rule) && eventRules.takes(rule, event)
        return [labelsKey(labels), (found[at] ?? []).filter(counted)]
      }),
    )
  }

  async #environment({
    environment,
    rules,
  }: Pick<Observation, 'environment' | 'rules'>): Promise<Environment> {
    const known = this.#environments.get(environment)
    if (known?.rules === rules) return known
    // After a reload alerts find their rule as after a start: by name and labels.
    const alerts = known
      ? [...known.living.values()].map(({ alert }) => alert)
      : await this.#options.store.livingAlerts(environment)
    const living = alerts.map((alert) => {
      const [rule, ...orOf] = rulesOf(alert, rules)
      return [aliveKey(alert.rule, alert.labels), { alert, rule, orOf }] as const
    })
    const fresh = { living: new Map(living), rules }
    this.#environments.set(environment, fresh)
    return fresh
  }

  #report({ environment, group, results }: Observation, { crowded }: Verdict): void {
    for (const { rule } of results) {
      const key = JSON.stringify([environment, group.key, rule.name])
      const isCrowded = rule.kind === 'alerting' && crowded.includes(rule)
      if (!isCrowded) this.#crowded.delete(key)
      else {
        this.counters.crowded++
        if (this.#crowded.has(key)) continue
        this.#crowded.add(key)
        const { maxPerRule } = this.#options
        this.#options.log.warn(
          { environment, rule: rule.name, maxPerRule },
          'too many alerts of a rule: they stay as they are',
        )
      }
    }
  }
}

function standingsOf(rule: AlertingRule, living: Iterable<Living | undefined>): Standing[] {
  return [...living].flatMap((each) => {
    if (each?.rule !== rule || each.alert.state === 'resolved') return []
    const { labels, state, activeAt } = each.alert
    return [{ labels, state, activeAt }]
  })
}

function rememberFired(
  firedAts: Map<string, readonly UnixMs[]>,
  changes: readonly AlertChange[],
  now: UnixMs,
): void {
  for (const { kind, at, alert } of changes) {
    if (kind !== 'fired') continue
    const key = aliveKey(alert.rule, alert.labels)
    const before = firedAts.get(key) ?? []
    // The newest is the last of the map.
    firedAts.delete(key)
    firedAts.set(key, [...lately(before, at), at])
  }
  for (const [key, ats] of firedAts) {
    // Groups may lag behind each other: `now` may be before them.
    if (firedAts.size <= MAX_FIRED && now - (ats.at(-1) ?? 0) < FLAPPING.withinMs) break
    firedAts.delete(key)
  }
}
