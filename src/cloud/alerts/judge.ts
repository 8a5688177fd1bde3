/** What one observation does to the alerts of its environment. Pure: it decides, the tracker saves. */
import { createHash } from 'node:crypto'
import type { NotifyEvent } from '../../model/event.ts'
import { type Labels, labelsKey } from '../../model/labels.ts'
import type { UnixMs } from '../../model/time.ts'
import type { AlertElement, Observation } from '../rules/ports.ts'
import type { AlertingRule, RuleSet } from '../rules/rule.ts'
import type { Alert, AlertChange, Severity } from './alert.ts'
import { calmMs, FLAPS, flapsOf, withFlaps } from './flapping.ts'
import { NO_PATIENCE, withRuleGone } from './rule-gone.ts'
import { type Phase, step } from './transition.ts'

/** An alert that is pending or firing, and the rule it belongs to; no rule: that was taken away. */
export interface Living {
  readonly alert: Alert
  readonly rule: AlertingRule | undefined
  /** After a start or a reload: others that it may be of. It is over when none of them finds it. */
  readonly orOf?: readonly AlertingRule[]
}

export interface Verdict {
  /** By `aliveKey`, what to keep in mind: undefined for alerts that are over. */
  readonly living: ReadonlyMap<string, Living | undefined>
  /** New or changed. */
  readonly alerts: readonly Alert[]
  /** Ids of pending alerts that left. */
  readonly dropped: readonly string[]
  readonly changes: readonly AlertChange[]
  /** Rules with more alerts than allowed; theirs stay as they are. */
  readonly crowded: readonly AlertingRule[]
}

export interface Scene {
  readonly observation: Observation
  readonly living: ReadonlyMap<string, Living>
  readonly maxPerRule: number
  /** By `labelsKey`, of all that `eventQuestion` asks for. */
  readonly events: ReadonlyMap<string, readonly NotifyEvent[]>
  /** By `aliveKey`, when its runs before fired; of half an hour. */
  readonly firedAts?: ReadonlyMap<string, readonly UnixMs[]>
}

/** The annotation of an alert that data which came late made fire: by how much, in seconds. */
export const LATE_SECONDS = 'late_seconds'
/** Alerts on notifies keep this many texts. */
const MAX_EVENTS = 50
/** The events of an alert on notifies are asked this far back, as far as its rule looks, or since the last evaluation. */
const LOOK_BACK_MS = 60_000

export function aliveKey(rule: string, labels: Labels): string {
  return `${rule} ${labelsKey(labels)}`
}

/** The rule an alert from the store belongs to: of the same name, with none of its fixed labels different. */
export function ruleOf(alert: Alert, rules: RuleSet): AlertingRule | undefined {
  return rulesOf(alert, rules)[0]
}

/** Those that it may belong to: rules of one name are told apart by what they find alone. */
export function rulesOf(alert: Alert, { groups }: RuleSet): readonly AlertingRule[] {
  return groups.flatMap(({ rules }) =>
    rules.flatMap((rule) => {
      if (rule.kind !== 'alerting' || rule.name !== alert.rule) return []
      const labels = Object.entries(rule.fixedLabels)
      return labels.every(([name, value]) => (alert.labels[name] ?? '') === value) ? rule : []
    }),
  )
}

/** Which events a rule counts, of those that have its labels. */
export interface EventRules {
  takes(rule: AlertingRule, event: NotifyEvent): boolean
  /** How far back. */
  backMs(rule: AlertingRule): number
}

/** The events that a verdict may need: those of the elements of rules on notifies, and since when they count. */
export function eventQuestion(
  { results, at, previousAt, group }: Observation,
  maxPerRule: number,
  { backMs }: Pick<EventRules, 'backMs'>,
) {
  const asked = results.flatMap((result) =>
    result.kind === 'alerting' && result.rule.ofEvents && result.elements.length <= maxPerRule
      ? result.elements.map(({ labels }) => ({ rule: result.rule, labels }))
      : [],
  )
  const since = (rule: AlertingRule) =>
    Math.min(previousAt ?? at, at - Math.max(LOOK_BACK_MS, backMs(rule))) - group.queryOffsetMs
  const fromMs = asked.reduce((first, { rule }) => Math.min(first, since(rule)), at)
  return { asked, since, fromMs, toMs: at - group.queryOffsetMs }
}

export function judge(scene: Scene): Verdict {
  const { observation, living, maxPerRule } = scene
  const judgement = new Judgement(scene)
  const crowded: AlertingRule[] = []
  const judged = new Set<AlertingRule | undefined>([undefined])
  for (const result of observation.results) {
    // A rule that failed says nothing: its alerts stay as they are.
    if (result.kind !== 'alerting') continue
    if (result.elements.length > maxPerRule) {
      crowded.push(result.rule)
      continue
    }
    // Of what has not come nobody knows: what is not found there is not over.
    if (!result.partial) judged.add(result.rule)
    for (const element of result.elements) judgement.holds(result.rule, element)
  }
  for (const [key, { rule, orOf = [] }] of living) {
    if (!judged.has(rule)) continue
    const others = orOf.filter((other) => !judged.has(other))
    if (others.length > 0) judgement.passOn(key, others)
    else judgement.unlessHeld(key)
  }
  return { ...judgement, crowded }
}

class Judgement implements Omit<Verdict, 'crowded'> {
  readonly living = new Map<string, Living | undefined>()
  readonly alerts: Alert[] = []
  readonly dropped: string[] = []
  readonly changes: AlertChange[] = []
  readonly #scene: Scene
  /** Time before this instant at which nobody looked: it counts neither for `for` nor for `keep_firing_for`. */
  readonly #unseenMs: number

  constructor(scene: Scene) {
    this.#scene = scene
    const { at, previousAt = -Infinity, group } = scene.observation
    const unseenMs = at - previousAt - group.intervalMs
    this.#unseenMs = previousAt === -Infinity ? 0 : Math.max(0, unseenMs)
  }

  holds(rule: AlertingRule, element: AlertElement): void {
    const { at, environment } = this.#scene.observation
    const key = aliveKey(rule.name, element.labels)
    // Two rules of one name may find the same alert: it is one, and the first's that finds it.
    if (this.living.has(key)) return
    const before = this.#known(key)
    const { phase, change } = step(before && this.#phaseOf(before), true, at, rule)
    if (!phase) throw new RangeError('an alert that holds has no phase')
    const { labels, value } = element
    const isFlapping = change === 'fired' && !rule.ofEvents
    const annotations = {
      ...element.annotations,
      ...kept(before),
      ...(isFlapping && flapsOf(this.#scene.firedAts?.get(key) ?? [], at)),
    }
    const alert: Alert = {
      id: before?.id ?? alertId(environment, key, phase.activeAt),
      environment,
      rule: rule.name,
      labels,
      annotations,
      severity: severityOf(labels),
      value,
      events: before?.events ?? [],
      ...phase,
    }
    this.#keep(key, rule, rule.ofEvents ? this.#withEvents(alert, change) : alert, before)
    if (change && !rule.ofEvents) this.#tell(change, alert)
  }

  /** An alert that nobody held this time may be of one of `others`, which was not evaluated yet. */
  passOn(key: string, [rule, ...orOf]: readonly AlertingRule[]): void {
    const known = this.#scene.living.get(key)
    if (known && !this.living.has(key)) this.living.set(key, { alert: known.alert, rule, orOf })
  }

  /** The condition of an alert that nobody held this time is clear. */
  unlessHeld(key: string): void {
    if (this.living.has(key)) return
    const known = this.#scene.living.get(key)
    if (!known) return
    const { alert: before, rule } = known
    const { at } = this.#scene.observation
    const { forMs, keepFiringMs } = rule ?? NO_PATIENCE
    const patience = { forMs, keepFiringMs: rule ? calmMs(before.annotations, keepFiringMs) : 0 }
    const { phase, change } = step(this.#phaseOf(before), false, at, patience)
    if (!phase) {
      this.living.set(key, undefined)
      this.dropped.push(before.id)
      return
    }
    const alert: Alert = { ...before, ...phase }
    if (phase.state !== 'resolved') {
      this.#keep(key, rule, alert, before)
      return
    }
    this.living.set(key, undefined)
    this.alerts.push(alert)
    if (change && !isOfEvents(known)) this.#tell(change, rule ? alert : ended(alert))
  }

  /** A pending alert whose time was not looked at begins anew. */
  #known(key: string): Alert | undefined {
    const alert = this.#scene.living.get(key)?.alert
    const isUnseen = this.#unseenMs > 0 || (alert && alert.activeAt > this.#scene.observation.at)
    if (alert?.state !== 'pending' || !isUnseen) return alert
    this.dropped.push(alert.id)
    return undefined
  }

  /** After the clock was set back nothing is later than now. */
  #phaseOf(alert: Alert): Phase {
    const { at } = this.#scene.observation
    const phase = phaseOf(alert)
    const activeAt = Math.min(phase.activeAt, at)
    if (phase.state !== 'firing') return { ...phase, activeAt }
    const { firedAt, clearedAt } = phase
    const cleared = clearedAt !== undefined && {
      clearedAt: Math.min(clearedAt + this.#unseenMs, at),
    }
    return { ...phase, activeAt, firedAt: Math.min(firedAt, at), ...cleared }
  }

  /** Adds the events that are new; news of such an alert are its events. */
  #withEvents(alert: Alert, change: 'fired' | 'resolved' | undefined): Alert {
    if (alert.state !== 'firing') return alert
    const found = this.#scene.events.get(labelsKey(alert.labels)) ?? []
    const fresh = without(found, alert.events)
    const told = { ...alert, events: [...alert.events, ...fresh].slice(-MAX_EVENTS) }
    const news = { ...told, events: fresh.slice(-MAX_EVENTS) }
    if (change) this.#tell(change, news)
    else if (fresh.length > 0) this.#tell('repeated', news)
    return told
  }

  #keep(
    key: string,
    rule: AlertingRule | undefined,
    alert: Alert,
    before: Alert | undefined,
  ): void {
    this.living.set(key, { alert, rule })
    if (!before || !same(before, alert)) this.alerts.push(alert)
  }

  #tell(kind: AlertChange['kind'], alert: Alert): void {
    const { at, receivedAt } = this.#scene.observation
    const annotations = kind === 'fired' ? withFlaps(alert.annotations) : alert.annotations
    this.changes.push({ kind, at, receivedAt, alert: { ...alert, annotations } })
  }
}

/** Annotations that an alert keeps as long as it lives. */
function kept(before: Alert | undefined): Labels {
  const names = [LATE_SECONDS, FLAPS].filter((name) => before?.annotations[name] !== undefined)
  return Object.fromEntries(names.map((name) => [name, before?.annotations[name] ?? '']))
}

/** Of alerts on notifies nobody is told that they are over. */
function isOfEvents({ rule, alert }: Living): boolean {
  return rule ? rule.ofEvents : alert.events.length > 0
}

function ended(alert: Alert): Alert {
  return { ...alert, annotations: withRuleGone(alert.annotations) }
}

/** Those of `events` that were not told: some arrive after their window was evaluated. */
function without(events: readonly NotifyEvent[], told: readonly NotifyEvent[]): NotifyEvent[] {
  const keyOf = ({ at, module, node, text }: NotifyEvent) =>
    JSON.stringify([at, module, node, text])
  const counts = new Map<string, number>()
  for (const event of told) counts.set(keyOf(event), (counts.get(keyOf(event)) ?? 0) + 1)
  return events.filter((event) => {
    const count = counts.get(keyOf(event)) ?? 0
    counts.set(keyOf(event), count - 1)
    return count <= 0
  })
}

function phaseOf({ state, activeAt, firedAt = activeAt, clearedAt, resolvedAt }: Alert): Phase {
  if (state === 'pending') return { state, activeAt }
  if (state === 'firing') {
    return { state, activeAt, firedAt, ...(clearedAt !== undefined && { clearedAt }) }
  }
  const over = resolvedAt ?? firedAt
  return { state, activeAt, firedAt, clearedAt: clearedAt ?? over, resolvedAt: over }
}

function same(a: Alert, b: Alert): boolean {
  return (
    a.state === b.state &&
    Object.is(a.value, b.value) &&
    a.clearedAt === b.clearedAt &&
    a.events.length === b.events.length &&
    a.events.at(-1) === b.events.at(-1) &&
    labelsKey(a.annotations) === labelsKey(b.annotations)
  )
}

/** The same for the same run, however often it is evaluated. */
function alertId(environment: string, key: string, activeAt: UnixMs): string {
  const text = JSON.stringify([environment, key, activeAt])
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}

const SEVERITIES: Readonly<Record<string, Severity>> = {
  error: 'ERROR',
  critical: 'ERROR',
  warn: 'WARN',
  warning: 'WARN',
  info: 'INFO',
}

/** Of the label `severity`, in any case; rules without it, or with another word, are WARN. */
export function severityOf(labels: Labels): Severity {
  return SEVERITIES[(labels.severity ?? '').toLowerCase()] ?? 'WARN'
}
