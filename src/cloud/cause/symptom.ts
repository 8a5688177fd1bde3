/** What an alert says of its service, as far as the search for causes is concerned. */
import { serviceOf } from '../../model/labels.ts'
import type { UnixMs } from '../../model/time.ts'
import type { Alert, Severity } from '../alerts/alert.ts'

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

/** Kinds of notifies. */
const DEATHS: readonly string[] = ['down', 'zombie', 'exit']

/** An alert that is pending or firing. */
export interface Suspect {
  readonly alert: Alert['id']
  /** `App.Server`; '' when it is about none. */
  readonly service: string
  readonly symptom: Symptom
  readonly severity: Severity
  readonly isFiring: boolean
  /** Its condition holds; false while it fires on by `keep_firing_for`. */
  readonly holds: boolean
  /** When its condition first held. */
  readonly since: UnixMs
}

/** @throws {RangeError} the alert is resolved. */
export function suspectOf(alert: Alert): Suspect {
  if (alert.state === 'resolved') throw new RangeError(`alert ${alert.id} is resolved`)
  const { symptom = '', kind = '' } = alert.labels
  const known = SYMPTOMS.find((each) => each === symptom) ?? 'other'
  return {
    alert: alert.id,
    service: serviceOf(alert.labels),
    // What the node says of a process that died tells more than what callers see of it.
    symptom: known === 'events' && DEATHS.includes(kind) ? 'down' : known,
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
