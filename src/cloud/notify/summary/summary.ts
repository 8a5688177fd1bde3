/** What happened in a period, counted: pure. */
import { serviceOf } from '../../../model/labels.ts'
import type { UnixMs } from '../../../model/time.ts'
import type { Alert, Severity } from '../../alerts/alert.ts'
import type { FailedMessages, SilentAgent } from './ports.ts'
import type { DuePeriod } from './subscription.ts'

export interface Happened {
  readonly period: DuePeriod
  /** When it is looked at. */
  readonly at: UnixMs
  /** That began to fire in the period, newest first. */
  readonly fired: readonly Alert[]
  /** In the period before. */
  readonly before: readonly Alert[]
  /** There were more of either than are looked at. */
  readonly isCut: boolean
  /** Now. */
  readonly firing: readonly Alert[]
  /** Of `fired`, those somebody acknowledged or closed. */
  readonly acknowledged: number
  readonly silent: readonly SilentAgent[]
  readonly failed: readonly FailedMessages[]
}

export interface ServiceLine {
  /** '' for alarms of no service. */
  readonly service: string
  readonly count: number
  readonly before: number
  readonly levels: Readonly<Record<Severity, number>>
  readonly longestMs: number
}

export interface RuleLine {
  /** Tells of the rule: its newest alarm. */
  readonly alert: Alert
  readonly count: number
  /** Of all, 0 to 1. */
  readonly share: number
}

export interface Summary extends Omit<Happened, 'fired' | 'before'> {
  readonly count: number
  readonly countBefore: number
  readonly levels: Readonly<Record<Severity, number>>
  /** Those with most alarms first; `services` counts all. */
  readonly lines: readonly ServiceLine[]
  readonly services: number
  readonly rules: readonly RuleLine[]
}

const MAX_SERVICES = 20
const MAX_RULES = 5

export function summaryOf({ fired, before, ...rest }: Happened): Summary {
  const lines = serviceLines(fired, before, rest.at)
  return {
    ...rest,
    count: fired.length,
    countBefore: before.length,
    levels: levelsOf(fired),
    lines: lines.slice(0, MAX_SERVICES),
    services: lines.length,
    rules: ruleLines(fired).slice(0, MAX_RULES),
  }
}

/** Nothing happened that anybody has to know of. */
export function isQuiet({ count, firing, silent, failed }: Summary): boolean {
  return count === 0 && firing.length === 0 && silent.length === 0 && failed.length === 0
}

function serviceLines(
  fired: readonly Alert[],
  before: readonly Alert[],
  at: UnixMs,
): ServiceLine[] {
  const earlier = Map.groupBy(before, ({ labels }) => serviceOf(labels))
  const lines = [...Map.groupBy(fired, ({ labels }) => serviceOf(labels))].map(
    ([service, alerts]): ServiceLine => ({
      service,
      count: alerts.length,
      before: earlier.get(service)?.length ?? 0,
      levels: levelsOf(alerts),
      longestMs: Math.max(...alerts.map((alert) => lastedMs(alert, at))),
    }),
  )
  return lines.sort((a, b) => b.count - a.count || (a.service < b.service ? -1 : 1))
}

function ruleLines(fired: readonly Alert[]): RuleLine[] {
  const lines = [...Map.groupBy(fired, ({ rule }) => rule).values()].flatMap(
    (alerts): RuleLine[] => {
      const [alert] = alerts
      return alert ? [{ alert, count: alerts.length, share: alerts.length / fired.length }] : []
    },
  )
  return lines.sort((a, b) => b.count - a.count || (a.alert.rule < b.alert.rule ? -1 : 1))
}

function levelsOf(alerts: readonly Alert[]): Record<Severity, number> {
  const levels = { ERROR: 0, WARN: 0, INFO: 0 }
  for (const { severity } of alerts) levels[severity]++
  return levels
}

export function lastedMs({ firedAt, activeAt, resolvedAt }: Alert, at: UnixMs): number {
  return Math.max(0, (resolvedAt ?? at) - (firedAt ?? activeAt))
}
