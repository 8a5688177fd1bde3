/** Alerts and their changes as rows and as JSON. */
import type { Alert, AlertChange } from '../alerts/alert.ts'
import type { AlertRow } from './alert-rows.ts'
import { fromJson, orNull } from './column.ts'

export function alertRow(alert: Alert): Omit<AlertRow, 'standing' | 'story'> {
  return {
    environment: alert.environment,
    id: alert.id,
    rule: alert.rule,
    labels: JSON.stringify(alert.labels),
    annotations: JSON.stringify(alert.annotations),
    severity: alert.severity,
    state: alert.state,
    value: String(alert.value),
    active_at: alert.activeAt,
    fired_at: orNull(alert.firedAt),
    cleared_at: orNull(alert.clearedAt),
    resolved_at: orNull(alert.resolvedAt),
    events: JSON.stringify(alert.events),
  }
}

export function alertOf(row: Omit<AlertRow, 'standing' | 'story'>): Alert {
  return {
    id: row.id,
    environment: row.environment,
    rule: row.rule,
    labels: fromJson(row.labels),
    annotations: fromJson(row.annotations),
    severity: row.severity,
    state: row.state,
    value: Number(row.value),
    activeAt: row.active_at,
    ...(row.fired_at !== null && { firedAt: row.fired_at }),
    ...(row.cleared_at !== null && { clearedAt: row.cleared_at }),
    ...(row.resolved_at !== null && { resolvedAt: row.resolved_at }),
    events: fromJson(row.events),
  }
}

// In JSON, too, the value is text: it may be NaN or infinite.
type StoredChange = Omit<AlertChange, 'alert'> & {
  readonly alert: Omit<Alert, 'value'> & { readonly value: string }
}

export function changesJson(changes: readonly AlertChange[]): string {
  return JSON.stringify(
    changes.map((change) => ({
      ...change,
      alert: { ...change.alert, value: String(change.alert.value) },
    })),
  )
}

export function changesOf(json: string): AlertChange[] {
  return fromJson<StoredChange[]>(json).map((change) => ({
    ...change,
    alert: { ...change.alert, value: Number(change.alert.value) },
  }))
}
