/** Deliveries on their way out: waiting → sending (leased) → sent, failed or waiting again. */
import { sql } from 'kysely'
import type { UnixMs } from '../../model/time.ts'
import type { Lane, Share } from '../notify/lane.ts'
import type { Claim, Delivery, OutboxStore, Result } from '../notify/ports.ts'
import { deliveryOf } from './delivery-row.ts'
import type { Database } from './tables.ts'

// Word for word the condition of the index `deliveries_open`.
const OPEN = sql<boolean>`state in ('waiting', 'sending')`

export class Outbox implements OutboxStore {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** By their names: a step of the index for each, however many deliveries they hold. */
  async lanes(): Promise<Lane[]> {
    const { rows } = await sql<{ lane: string; due_at: UnixMs }>`
      with recursive found (lane) as (
        select min(lane) from deliveries where ${OPEN}
        union all
        select (select min(lane) from deliveries where ${OPEN} and lane > found.lane)
        from found where found.lane is not null
      )
      select lane, (
        select min(due_at) from deliveries where ${OPEN} and deliveries.lane = found.lane
      ) as due_at
      from found where lane is not null`.execute(this.#db)
    return rows.map(({ lane, due_at }) => ({ lane, dueAt: due_at }))
  }

  /** Of each lane those due the longest; in the order they were planned. `attempts` counts the try that begins. */
  async claim(claim: Claim): Promise<Delivery[]> {
    const claimed = await this.#db.transaction().execute(async (trx) => {
      const rows = []
      for (const result of claim.results ?? []) await finishOne(trx, result)
      for (const share of claim.shares) rows.push(...(await claimShare(trx, claim, share)))
      return rows
    })
    return claimed
      .map(deliveryOf)
      .sort((a, b) => a.plannedAt - b.plannedAt || (a.id < b.id ? -1 : 1))
  }

  /**
   * What was sent stays sent, even when the lease had run out and another try failed meanwhile; any
   * other outcome counts only while the delivery is being sent.
   */
  async finish(results: readonly Result[]): Promise<void> {
    await this.#db.transaction().execute(async (trx) => {
      for (const result of results) await finishOne(trx, result)
    })
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
}

/** One statement: whoever comes second on another connection finds `due_at` moved and gets none of them. */
function claimShare(db: Database, { now, leaseMs, except = [] }: Claim, { lane, limit }: Share) {
  return db
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
        .where('lane', '=', lane)
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
}

async function finishOne(db: Database, { id, outcome }: Result): Promise<void> {
  const { state, answer } = outcome
  const finish = db.updateTable('deliveries').set({ state, answer }).where('id', '=', id)
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
