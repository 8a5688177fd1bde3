/** Rules and alerts as Prometheus shows them. Pure. */
import type { Labels } from '../../../model/labels.ts'
import { print } from '../../../promql/index.ts'
import type { Alert } from '../../alerts/alert.ts'
import type { RuleEvaluation } from '../../rules/last-evaluations.ts'
import type { AlertingRule, RecordingRule, Rule, TemplatedLabel } from '../../rules/rule.ts'
import { exponentText } from './json.ts'
import { goTime } from './moment.ts'

/** What is known of a rule beside its text. */
export interface RuleStatus {
  readonly alerts: readonly Alert[]
  readonly evaluatedAt: number | undefined
  readonly last: RuleEvaluation | undefined
  readonly withAlerts: boolean
}

export function viewRule(rule: Rule, status: RuleStatus): object {
  return rule.kind === 'alerting' ? viewAlerting(rule, status) : viewRecording(rule, status)
}

function viewAlerting(rule: AlertingRule, status: RuleStatus): object {
  const { alerts, withAlerts } = status
  return {
    state: stateOf(alerts),
    name: rule.name,
    query: print(rule.expr),
    duration: rule.forMs / 1000,
    keepFiringFor: rule.keepFiringMs / 1000,
    labels: textsOf(rule.labels),
    annotations: textsOf(rule.annotations),
    alerts: withAlerts ? alerts.map(viewAlert) : null,
    ...viewHealth(status),
    type: 'alerting',
  }
}

function viewRecording(rule: RecordingRule, status: RuleStatus): object {
  return {
    name: rule.name,
    query: print(rule.expr),
    ...(rule.labels.length > 0 && { labels: textsOf(rule.labels) }),
    ...viewHealth(status),
    type: 'recording',
  }
}

export function viewAlert(alert: Alert): object {
  const { labels, annotations, state, activeAt, clearedAt, value } = alert
  return {
    labels: sorted(labels),
    annotations: sorted(annotations),
    state,
    activeAt: goTime(activeAt),
    ...(clearedAt !== undefined && { keepFiringSince: goTime(clearedAt) }),
    value: exponentText(value),
  }
}

/** Labels as written: a template is not filled in. */
export function textsOf(labels: readonly TemplatedLabel[]): Labels {
  return sorted(Object.fromEntries(labels.map(({ name, template }) => [name, template.text])))
}

function viewHealth({ last, evaluatedAt }: RuleStatus): object {
  const { fault, tookMs = 0 } = last ?? {}
  const health = fault !== undefined ? 'err' : evaluatedAt === undefined ? 'unknown' : 'ok'
  return {
    health,
    ...(fault !== undefined && { lastError: fault }),
    evaluationTime: tookMs / 1000,
    lastEvaluation: goTime(evaluatedAt),
  }
}

function stateOf(alerts: readonly Alert[]): 'firing' | 'pending' | 'inactive' {
  if (alerts.some(({ state }) => state === 'firing')) return 'firing'
  return alerts.length > 0 ? 'pending' : 'inactive'
}

function sorted(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))
}
