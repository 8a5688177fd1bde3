/** What planning needs: news in order, who may be told, convergences, and the plan made of them. */
import type { UnixMs } from '../../model/time.ts'
import type { Story } from '../alerts/alert.ts'
import type {
  Audience,
  Convergence,
  Kind,
  NewDelivery,
  PendingChange,
  Plan,
  PlanStore,
} from '../notify/ports.ts'
import { changesOf } from './alert-row.ts'
import { calendarIn } from './calendars.ts'
import { fromJson } from './column.ts'
import { contactsIn } from './contacts.ts'
import { convergenceOf, convergenceRow, saveConvergences } from './convergence-row.ts'
import { newDeliveryRow } from './delivery-row.ts'
import { groupsIn, policiesIn } from './policies.ts'
import { receiverHeadsIn } from './receivers.ts'
import { inBatches } from './rows.ts'
import type { Database } from './tables.ts'

export class Plans implements PlanStore {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  async pendingChanges(limit: number, now: UnixMs): Promise<PendingChange[]> {
    const rows = await this.#db
      .selectFrom('alert_changes')
      .select(['id', 'change_json', 'story'])
      .where((e) => e.or([e('hold_until', 'is', null), e('hold_until', '<=', now)]))
      .orderBy('id')
      .limit(limit)
      .execute()
    return rows.flatMap(({ id, change_json, story }) =>
      changesOf(change_json).map((change) => ({
        id,
        change: story === null ? change : { ...change, story: fromJson<Story>(story) },
      })),
    )
  }

  async firstHoldEnd(): Promise<UnixMs | undefined> {
    const row = await this.#db
      .selectFrom('alert_changes')
      .select('hold_until')
      .where('hold_until', 'is not', null)
      .orderBy('hold_until')
      .limit(1)
      .executeTakeFirst()
    return row?.hold_until ?? undefined
  }

  /** Nobody, when the environment was removed. */
  async audience(environment: string): Promise<Audience> {
    const found = await this.#db
      .selectFrom('environments')
      .select('name')
      .where('id', '=', environment)
      .executeTakeFirst()
    const settings = await calendarIn(this.#db, environment)
    return {
      environmentName: found?.name ?? '',
      policies: await policiesIn(this.#db, environment),
      contacts: await contactsIn(this.#db, environment),
      groups: await groupsIn(this.#db, environment),
      receivers: await receiverHeadsIn(this.#db, environment),
      ...(settings && { calendar: settings }),
    }
  }

  async convergence(kind: Kind): Promise<Convergence | undefined> {
    const row = await this.#db
      .selectFrom('convergences')
      .selectAll()
      .where('environment', '=', kind.environment)
      .where('policy', '=', kind.policy)
      .where('rule', '=', kind.rule)
      .where('service', '=', kind.service)
      .where('subject', '=', kind.subject)
      .where('level', '=', kind.level)
      .executeTakeFirst()
    // As it was asked for: of a text with NUL the column knows another form.
    return row && { ...convergenceOf(row), kind }
  }

  async dueConvergences(now: UnixMs, limit: number): Promise<Convergence[]> {
    const rows = await this.#db
      .selectFrom('convergences')
      .selectAll()
      .where('due_at', '<=', now)
      .orderBy('due_at')
      .limit(limit)
      .execute()
    return rows.map(convergenceOf)
  }

  async firstDigestDue(): Promise<UnixMs | undefined> {
    const row = await this.#db
      .selectFrom('convergences')
      .select('due_at')
      .where('due_at', 'is not', null)
      .orderBy('due_at')
      .limit(1)
      .executeTakeFirst()
    return row?.due_at ?? undefined
  }

  /** Without those that failed: they told nobody. */
  async toldOf(alert: string): Promise<{ policy: string; contact: string }[]> {
    const rows = await this.#db
      .selectFrom('delivery_alerts')
      .innerJoin('deliveries', 'deliveries.id', 'delivery_alerts.delivery')
      .select(['policy', 'contact'])
      .distinct()
      .where('delivery_alerts.alert', '=', alert)
      .where('state', '!=', 'failed')
      .execute()
    return rows.map(({ policy, contact }) => ({ policy, contact }))
  }

  /**
   * A plan for a change that is done with already, or was removed with its environment, changes
   * nothing; a delivery that is there already stays as it is: saving a plan twice is harmless.
   */
  async savePlan({ change, deliveries, convergences }: Plan): Promise<void> {
    await this.#db.transaction().execute(async (trx) => {
      if (change !== undefined && !(await takeChange(trx, change))) return
      await saveDeliveries(trx, deliveries)
      await inBatches(convergences.map(convergenceRow), (batch) => saveConvergences(trx, batch))
    })
  }
}

/** A change that is planned is not kept: the alert and its deliveries are. */
async function takeChange(db: Database, id: number): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('alert_changes')
    .where('id', '=', id)
    .executeTakeFirst()
  return numDeletedRows > 0n
}

async function saveDeliveries(db: Database, deliveries: readonly NewDelivery[]): Promise<void> {
  await inBatches(deliveries.map(newDeliveryRow), (batch) =>
    db
      .insertInto('deliveries')
      .values(batch)
      .onConflict((conflict) => conflict.column('id').doNothing())
      .execute(),
  )
  const told = deliveries.flatMap(({ id, alerts }) =>
    [...new Set(alerts)].map((alert) => ({ alert, delivery: id })),
  )
  await inBatches(told, (batch) =>
    db
      .insertInto('delivery_alerts')
      .values(batch)
      .onConflict((conflict) => conflict.columns(['alert', 'delivery']).doNothing())
      .execute(),
  )
}
