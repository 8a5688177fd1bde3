/** Summaries that people subscribed to, and what they tell of. */
import type { UnixMs } from '../../model/time.ts'
import type { Alert } from '../alerts/alert.ts'
import type { SubscriptionRows } from '../api/notify-ports.ts'
import type { NewDelivery } from '../notify/ports.ts'
import type {
  FailedMessages,
  KeptSubscription,
  SilentAgent,
  SummaryStore,
} from '../notify/summary/ports.ts'
import type { Period, Subscription } from '../notify/summary/subscription.ts'
import { alertOf } from './alert-row.ts'
import { fromJson } from './column.ts'
import { newDeliveryRow } from './delivery-row.ts'
import { VERIFICATION } from './outbox.ts'
import { inBatches } from './rows.ts'
import type { Database } from './tables.ts'

/** An alert fires so long after it became active, at the most, to be found. */
const MAX_PENDING_MS = 2 * 86_400_000

export class Summaries implements SummaryStore, SubscriptionRows {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  async subscriptions(): Promise<KeptSubscription[]> {
    const rows = await this.#db.selectFrom('summaries').select(['body', 'made_to']).execute()
    return rows.map(({ body, made_to }) => ({ subscription: fromJson(body), madeTo: made_to }))
  }

  /** In the order of their ids. */
  async subscriptionsOf(environment: string): Promise<Subscription[]> {
    const rows = await this.#db
      .selectFrom('summaries')
      .select('body')
      .where('environment', '=', environment)
      .orderBy('id')
      .execute()
    return rows.map(({ body }) => fromJson(body))
  }

  /**
   * Periods that ended by `now` are not told, unless it is changed in other things than when they end. Throws
   * `StoreFailure` `gone` when there is no such environment.
   */
  async saveSubscription(subscription: Subscription, now: UnixMs): Promise<void> {
    const { environment, id } = subscription
    const body = JSON.stringify(subscription)
    const known = (await this.subscriptionsOf(environment)).find((other) => other.id === id)
    const goesOn = known && endsOf(known) === endsOf(subscription)
    await this.#db
      .insertInto('summaries')
      .values({ environment, id, body, made_to: now })
      .onConflict((conflict) =>
        conflict
          .columns(['environment', 'id'])
          .doUpdateSet({ body, ...(!goesOn && { made_to: now }) }),
      )
      .execute()
  }

  async removeSubscription(environment: string, id: string): Promise<boolean> {
    const { numDeletedRows } = await this.#db
      .deleteFrom('summaries')
      .where('environment', '=', environment)
      .where('id', '=', id)
      .executeTakeFirst()
    return numDeletedRows > 0n
  }

  async saveMade(
    { environment, id }: Subscription,
    to: UnixMs,
    deliveries: readonly NewDelivery[],
  ): Promise<void> {
    await this.#db.transaction().execute(async (trx) => {
      const { numUpdatedRows } = await trx
        .updateTable('summaries')
        .set({ made_to: to })
        .where('environment', '=', environment)
        .where('id', '=', id)
        .where('made_to', '<', to)
        .executeTakeFirst()
      if (numUpdatedRows === 0n) return
      await inBatches(deliveries.map(newDeliveryRow), (batch) =>
        trx
          .insertInto('deliveries')
          .values(batch)
          .onConflict((conflict) => conflict.column('id').doNothing())
          .execute(),
      )
    })
  }

  async firedIn(environment: string, { from, to }: Period, limit: number): Promise<Alert[]> {
    const rows = await this.#db
      .selectFrom('alerts')
      .selectAll()
      .where('environment', '=', environment)
      // By the index.
      .where('active_at', '>=', from - MAX_PENDING_MS)
      .where('active_at', '<', to)
      .where('fired_at', '>=', from)
      .where('fired_at', '<', to)
      .orderBy('active_at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit)
      .execute()
    return rows.map(alertOf)
  }

  async firing(environment: string, limit: number): Promise<Alert[]> {
    const rows = await this.#db
      .selectFrom('alerts')
      .selectAll()
      .where('environment', '=', environment)
      .where('state', '=', 'firing')
      .orderBy('active_at')
      .orderBy('id')
      .limit(limit)
      .execute()
    return rows.map(alertOf)
  }

  async failedIn(environment: string, { from, to }: Period): Promise<FailedMessages[]> {
    const rows = await this.#db
      .selectFrom('deliveries')
      .select(({ fn }) => ['channel', fn.countAll<number>().as('count')])
      .where('environment', '=', environment)
      .where('planned_at', '>=', from)
      .where('planned_at', '<', to)
      .where('state', '=', 'failed')
      .where('policy', '!=', VERIFICATION)
      .groupBy('channel')
      .orderBy('channel')
      .execute()
    return rows.map(({ channel, count }) => ({ channel, count: Number(count) }))
  }

  async silentSince(environment: string, at: UnixMs): Promise<SilentAgent[]> {
    const rows = await this.#db
      .selectFrom('agents')
      .select(['agent', 'host', 'seen_at'])
      .where('environment', '=', environment)
      .where('seen_at', '<', at)
      .orderBy('seen_at', 'desc')
      .limit(100)
      .execute()
    return rows.map(({ agent, host, seen_at }) => ({ agent, host, seenAt: seen_at }))
  }
}

/** Of two that are alike periods end at the same times. */
function endsOf({ every, weekday, at, timeZone }: Subscription): string {
  return JSON.stringify([every, every === 'week' && weekday, at, timeZone])
}
