/** Alerts, where rule groups stand, and the news of alerts that waits to be planned. */

import type { UnixMs } from '../../model/time.ts'
import type { Alert, AlertChange } from '../alerts/alert.ts'
import type { AlertStore, FiredRun, Progress } from '../alerts/ports.ts'
import { alertOf, alertRow, changesJson } from './alert-row.ts'
import { fromJson, orNull } from './column.ts'
import { inBatches } from './rows.ts'
import type { Database } from './tables.ts'

type Evaluation = Parameters<AlertStore['saveEvaluation']>[0]

const LONGEST_PENDING_MS = 86_400_000

export class Alerts implements AlertStore {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  async livingAlerts(environment: string): Promise<Alert[]> {
    const rows = await this.#db
      .selectFrom('alerts')
      .selectAll()
      .where('environment', '=', environment)
      .where('state', 'in', ['pending', 'firing'])
      .execute()
    return rows.map(alertOf)
  }

  async firedSince(environment: string, since: UnixMs): Promise<FiredRun[]> {
    const rows = await this.#db
      .selectFrom('alerts')
      .select(['rule', 'labels', 'fired_at', 'resolved_at'])
      .where('environment', '=', environment)
      // There is an index by this alone: no alert is pending for longer.
      .where('active_at', '>=', since - LONGEST_PENDING_MS)
      .where('fired_at', '>=', since)
      .orderBy('fired_at')
      .execute()
    return rows.map(({ rule, labels, fired_at, resolved_at }) => ({
      ...{ rule, labels: fromJson(labels), firedAt: fired_at ?? since },
      ...(resolved_at !== null && { resolvedAt: resolved_at }),
    }))
  }

  async progress(environment: string): Promise<Progress[]> {
    const rows = await this.#db
      .selectFrom('progress')
      .selectAll()
      .where('environment', '=', environment)
      .execute()
    return rows.map((row) => ({
      environment,
      group: row.rule_group,
      evaluatedAt: row.evaluated_at,
    }))
  }

  /** Throws `StoreFailure` `gone` when the environment was removed. */
  async saveEvaluation({ progress, alerts, dropped, changes, holds }: Evaluation): Promise<void> {
    const { environment } = progress
    const foreign = [...alerts, ...changes.map(({ alert }) => alert)].find(
      (alert) => alert.environment !== environment,
    )
    if (foreign) throw new RangeError(`alert ${foreign.id} is not of environment ${environment}`)
    await this.#db.transaction().execute(async (trx) => {
      await saveProgress(trx, progress)
      await inBatches(alerts, (batch) => saveAlerts(trx, batch))
      await inBatches(dropped, (batch) => dropAlerts(trx, environment, batch))
      if (changes.length > 0) await saveChanges(trx, environment, changes, holds)
      const over = alerts.filter(({ state }) => state === 'resolved').map(({ id }) => id)
      await inBatches(over, (batch) => letGo(trx, environment, batch))
    })
  }
}

function saveProgress(db: Database, { environment, group, evaluatedAt }: Progress) {
  return db
    .insertInto('progress')
    .values({ environment, rule_group: group, evaluated_at: evaluatedAt })
    .onConflict((conflict) =>
      conflict.columns(['environment', 'rule_group']).doUpdateSet({ evaluated_at: evaluatedAt }),
    )
    .execute()
}

// Rule, labels and `activeAt` are the alert's identity: they never change.
function saveAlerts(db: Database, alerts: readonly Alert[]) {
  return db
    .insertInto('alerts')
    .values(alerts.map(alertRow))
    .onConflict((conflict) =>
      conflict.columns(['environment', 'id']).doUpdateSet(({ ref }) => ({
        annotations: ref('excluded.annotations'),
        severity: ref('excluded.severity'),
        state: ref('excluded.state'),
        value: ref('excluded.value'),
        fired_at: ref('excluded.fired_at'),
        cleared_at: ref('excluded.cleared_at'),
        resolved_at: ref('excluded.resolved_at'),
        events: ref('excluded.events'),
      })),
    )
    .execute()
}

function dropAlerts(db: Database, environment: string, ids: readonly string[]) {
  return db
    .deleteFrom('alerts')
    .where('environment', '=', environment)
    .where('id', 'in', ids)
    .execute()
}

/** What is over waits for its cause no longer: that it fired is told before that it is over. */
function letGo(db: Database, environment: string, ids: readonly string[]) {
  return db
    .updateTable('alert_changes')
    .set({ hold_until: null })
    .where('environment', '=', environment)
    .where('alert', 'in', ids)
    .execute()
}

/** In a transaction. */
export async function saveChanges(
  db: Database,
  environment: string,
  changes: readonly AlertChange[],
  holds?: Evaluation['holds'],
) {
  const last = await takeNumbers(db, changes.length)
  const rows = changes.map((change, index) => ({
    id: last - changes.length + 1 + index,
    environment,
    at: change.at,
    change_json: changesJson([change]),
    alert: change.alert.id,
    hold_until: change.kind === 'fired' ? orNull(holds?.get(change.alert.id)) : null,
  }))
  await inBatches(rows, (batch) => db.insertInto('alert_changes').values(batch).execute())
}

/**
 * Gives out `count` numbers and returns the last. The row stays locked until the transaction ends,
 * so numbers become visible in their order, which a sequence would not promise.
 */
async function takeNumbers(db: Database, count: number): Promise<number> {
  const { value } = await db
    .updateTable('counters')
    .set((e) => ({ value: e('value', '+', count) }))
    .where('name', '=', 'change')
    .returning('value')
    .executeTakeFirstOrThrow()
  return value
}
