/** What an alert says of its service, as far as the search for causes is concerned. */
import { type Labels, serviceOf } from '../../model/labels.ts'
import type { UnixMs } from '../../model/time.ts'
import type { Alert, Severity } from '../alerts/alert.ts'
import type { Rule } from '../rules/rule.ts'

/**
 * `events`: texts that it reported itself; `other`: of a user's rule, whose meaning nobody knows. From the
 * label `symptom` of the rule.
 */
export type Symptom =
  | 'down'
  | 'failures'
  | 'latency'
  | 'queue'
  | 'traffic'
  | 'silent'
  | 'events'
  | 'other'

const SYMPTOMS: readonly Symptom[] = [
  'down',
  'failures',
  'latency',
  'queue',
  'traffic',
  'silent',
  'events',
  'other',
]

/** What our own rules say, unless their label `symptom` says otherwise. */
const SYMPTOMS_BY_RULE: Readonly<Record<string, Symptom>> = {
  ServiceDown: 'down',
  NodeSilent: 'down',
  FailureRatio: 'failures',
  LatencyHigh: 'latency',
  LatencyDayOverDay: 'latency',
  HandlingDelay: 'latency',
  RequestQueueBlocked: 'queue',
  AsyncQueueBlocked: 'queue',
  TrafficFluctuation: 'traffic',
  TrafficDayOverDay: 'traffic',
  ServiceSilent: 'silent',
  NotifyError: 'events',
}

/** Kinds of notifies. */
const DEATHS: readonly string[] = ['down', 'zombie', 'exit']

/** An alert that is pending or firing. */
export interface Suspect {
  readonly alert: Alert['id']
  /** `App.Server`; '' when it is about none. */
  readonly service: string
  /** That it is about alone; absent where it is about all. */
  readonly node?: string
  readonly symptom: Symptom
  /** A notify says that a process died. */
  readonly isDeath?: true
  readonly severity: Severity
  readonly isFiring: boolean
  /** Its condition holds; false while it fires on by `keep_firing_for`. */
  readonly holds: boolean
  /** When its condition first held. */
  readonly since: UnixMs
}

/**
 * What an alert of a rule with these labels says. The table above is no label, as that would belong to the identity of
 * alerts, and to mails.
 */
export function symptomOf(rule: string, { symptom }: Labels): Symptom {
  if (!symptom)
    return Object.hasOwn(SYMPTOMS_BY_RULE, rule) ? (SYMPTOMS_BY_RULE[rule] ?? 'other') : 'other'
  return SYMPTOMS.find((each) => each === symptom) ?? 'other'
}

/** Whether a cause of it can be found in the calls of its service, or it is one. */
export function hasCause(alert: Alert): boolean {
  return serviceOf(alert.labels) !== '' && isOfCalls(suspected(alert))
}

/** Whether its alerts may have a cause in the calls of their services. */
export function isOnCalls(rule: Rule): boolean {
  if (rule.kind !== 'alerting') return false
  const label = rule.labels.find(({ name }) => name === 'symptom')
  const symptom = rule.fixedLabels.symptom
  const known = symptomOf(rule.name, rule.fixedLabels)
  // A label that is a template may turn out to be anything; what notifies tell of, a death.
  return (label !== undefined && symptom === undefined) || isOfCalls(known) || known === 'events'
}

function isOfCalls(symptom: Symptom): boolean {
  return symptom !== 'events' && symptom !== 'other'
}

/** Whether it is a notify that says that a process died. */
export function isDeath({ rule, labels }: Pick<Alert, 'rule' | 'labels'>): boolean {
  return symptomOf(rule, labels) === 'events' && DEATHS.includes(labels.kind ?? '')
}

/** What the node says of a process that died tells more than what callers see of it. */
function suspected(alert: Pick<Alert, 'rule' | 'labels'>): Symptom {
  return isDeath(alert) ? 'down' : symptomOf(alert.rule, alert.labels)
}

/** @throws {RangeError} the alert is resolved. */
export function suspectOf(alert: Alert): Suspect {
  if (alert.state === 'resolved') throw new RangeError(`alert ${alert.id} is resolved`)
  const node = alert.labels.node || alert.labels.callee_ip
  return {
    alert: alert.id,
    service: serviceOf(alert.labels),
    ...(node && { node }),
    symptom: suspected(alert),
    ...(isDeath(alert) && { isDeath: true }),
    severity: alert.severity,
    isFiring: alert.state === 'firing',
    holds: alert.clearedAt === undefined,
    since: alert.activeAt,
  }
}

const SEVERITIES: readonly Severity[] = ['ERROR', 'WARN', 'INFO']

/** Which one tells of what they have in common: the gravest, then the one closest to the matter, then the first. */
export function byGravity(a: Suspect, b: Suspect): number {
  return (
    Number(b.isFiring) - Number(a.isFiring) ||
    SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
    SYMPTOMS.indexOf(a.symptom) - SYMPTOMS.indexOf(b.symptom) ||
    a.since - b.since ||
    (a.alert < b.alert ? -1 : 1)
  )
}
