/** What alerts need of others. */
import type { NotifyEvent } from '../../model/event.ts'
import type { Labels } from '../../model/labels.ts'
import type { UnixMs } from '../../model/time.ts'
import type { Alert, AlertChange } from './alert.ts'

/** Where a rule group of an environment stands. */
export interface Progress {
  readonly environment: string
  readonly group: string
  readonly evaluatedAt: UnixMs
}

/** When a run of an alert fired, and was over. */
export type FiredRun = Pick<Alert, 'rule' | 'labels' | 'resolvedAt'> & { readonly firedAt: UnixMs }

export interface AlertStore {
  /** Alerts that are pending or firing. */
  livingAlerts(environment: string): Promise<Alert[]>
  /** Those that fired since then, whether they are over or not. */
  firedSince(environment: string, since: UnixMs): Promise<FiredRun[]>
  progress(environment: string): Promise<Progress[]>
  /** Saves all of it in one transaction: an alert never changes without its change row. */
  saveEvaluation(evaluation: {
    readonly progress: Progress
    /** New or changed. */
    readonly alerts: readonly Alert[]
    /** Ids of pending alerts that left without a word. */
    readonly dropped: readonly string[]
    readonly changes: readonly AlertChange[]
    /** News that an alert fired waits until then at the latest, for its cause; no longer than it fires. */
    readonly holds?: ReadonlyMap<Alert['id'], UnixMs>
  }): Promise<void>
}

export interface EventLog {
  /**
   * For each of `labels` the events in `[fromMs, toMs)` whose fields equal them where they name module, level,
   * kind, node, set or title; oldest first, the newest 50.
   */
  events(
    environment: string,
    labels: readonly Labels[],
    fromMs: UnixMs,
    toMs: UnixMs,
  ): Promise<readonly (readonly NotifyEvent[])[]>
}
