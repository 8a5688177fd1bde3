/** Deliveries on their way out: waiting → sending (leased) → sent, failed or waiting again. */
import { sql } from 'kysely'
import type { UnixMs } from '../../model/time.ts'
import type { Delivery, OutboxStore, Outcome } from '../notify/ports.ts'
import { deliveryOf } from './delivery-row.ts'
import type { Database } from './tables.ts'

// Word for word the condition of the index `deliveries_open`.
const OPEN = sql<boolean>`state in ('waiting', 'sending')`

export class Outbox implements OutboxStore {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /**
   * Those due the longest, in the order they were planned; `attempts` counts the try that begins. One
   * statement: whoever comes second on another connection finds `due_at` moved and gets none of them.
   */
  async claim(
    now: UnixMs,
    leaseMs: number,
    limit: number,
    except: readonly Delivery['id'][] = [],
  ): Promise<Delivery[]> {
    const rows = await this.#db
      .updateTable('deliveries')
      .set((e) => ({
        state: 'sending',
        attempts: e('attempts', '+', 1),
        due_at: now + leaseMs,
        maybe_repeated: sql<number>`case when state = 'sending' then 1 else maybe_repeated end`,
      }))
      .where('id', 'in', (e) =>
        e
          .selectFrom('deliveries')
          .select('id')
          .where(OPEN)
          .where('due_at', '<=', now)
          .$if(except.length > 0, (due) => due.where('id', 'not in', except))
          .orderBy('due_at')
          .orderBy('id')
          .limit(limit),
      )
      .where(OPEN)
      .where('due_at', '<=', now)
      .returningAll()
      .execute()
    return rows.map(deliveryOf).sort((a, b) => a.plannedAt - b.plannedAt || (a.id < b.id ? -1 : 1))
  }

  /**
   * What was sent stays sent, even when the lease had run out and another try failed meanwhile; any
   * other outcome counts only while the delivery is being sent.
   */
  async finish(id: Delivery['id'], outcome: Outcome): Promise<void> {
    const { state, answer } = outcome
    const finish = this.#db.updateTable('deliveries').set({ state, answer }).where('id', '=', id)
    if (outcome.state === 'sent') {
      await finish.set({ sent_at: outcome.at }).where('state', '!=', 'sent').execute()
    } else if (outcome.state === 'waiting') {
      const { dueAt, maybeRepeated } = outcome
      await finish
        .set({ due_at: dueAt, ...(maybeRepeated && { maybe_repeated: 1 }) })
        .where('state', '=', 'sending')
        .execute()
    } else {
      await finish.where('state', '=', 'sending').execute()
    }
  }

  /**
   * Leases end at `now`. For the start of the only process that sends: they are of one that died, and
   * what it was sending need not wait.
   */
  async endLeases(now: UnixMs): Promise<void> {
    await this.#db
      .updateTable('deliveries')
      .set({ due_at: now })
      .where('state', '=', 'sending')
      .where('due_at', '>', now)
      .execute()
  }

  async nextDueAt(): Promise<UnixMs | undefined> {
    const row = await this.#db
      .selectFrom('deliveries')
      .select('due_at')
      .where(OPEN)
      .orderBy('due_at')
      .limit(1)
      .executeTakeFirst()
    return row?.due_at
  }
}
