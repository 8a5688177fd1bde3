import type { Alert, AlertChange } from '../../../src/cloud/alerts/alert.ts'
import type { AlertStore, FiredRun, Progress } from '../../../src/cloud/alerts/ports.ts'

/** Saves all or nothing. */
export class MemoryStore implements AlertStore {
  readonly alerts = new Map<string, Alert>()
  readonly changes: AlertChange[] = []
  readonly #progress = new Map<string, Progress>()
  /** `before`: nothing was saved. `after`: it was, but the answer got lost. */
  fail: () => 'before' | 'after' | undefined = () => undefined
  saves = 0

  livingAlerts(environment: string): Promise<Alert[]> {
    const living = [...this.alerts.values()].filter(
      (alert) => alert.environment === environment && alert.state !== 'resolved',
    )
    return Promise.resolve(living)
  }

  firedSince(environment: string, since: number): Promise<FiredRun[]> {
    const runs = [...this.alerts.values()].flatMap((alert) => {
      const { rule, labels, firedAt, resolvedAt } = alert
      if (alert.environment !== environment || firedAt === undefined || firedAt < since) return []
      return { rule, labels, firedAt, ...(resolvedAt !== undefined && { resolvedAt }) }
    })
    return Promise.resolve(runs)
  }

  progress(environment: string): Promise<Progress[]> {
    return Promise.resolve(
      [...this.#progress.values()].filter((one) => one.environment === environment),
    )
  }

  saveEvaluation(evaluation: Parameters<AlertStore['saveEvaluation']>[0]): Promise<void> {
    const fault = this.fail()
    if (fault === 'before') return Promise.reject(new Error('disk full'))
    this.saves++
    const { progress, alerts, dropped, changes } = evaluation
    this.#progress.set(`${progress.environment} ${progress.group}`, progress)
    for (const alert of alerts) this.alerts.set(alert.id, alert)
    for (const id of dropped) this.alerts.delete(id)
    this.changes.push(...changes)
    return fault === 'after' ? Promise.reject(new Error('lost')) : Promise.resolve()
  }
}
