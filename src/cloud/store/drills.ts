/** When drills are due, and what became of them. */
import type { UnixMs } from '../../model/time.ts'
import type { DrillRows } from '../api/drill-ports.ts'
import type { Drill, DrillMessage, DrillStep, Happened } from '../drill/drill.ts'
import type { DrillPlan, KeptPlan } from '../drill/drill-plan.ts'
import type { DrillStore } from '../drill/ports.ts'
import type { NewDelivery } from '../notify/ports.ts'
import type { TraceLine } from '../notify/trace.ts'
import { fromJson, orNull } from './column.ts'
import { newDeliveryRow } from './delivery-row.ts'
import { inBatches } from './rows.ts'
import type { Database } from './tables.ts'

/** Kept of each environment. */
const MAX_DRILLS = 12
/** Messages of a drill that are looked at. */
const MAX_MESSAGES = 2_000
const MAX_TRACES = 20
/** As `conf/drill.yaml` and the fault have them. */
const ALARM = { rule: 'Drill', title: 'drill ' }

export class Drills implements DrillStore, DrillRows {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  async plans(): Promise<KeptPlan[]> {
    const rows = await this.#db.selectFrom('drill_plans').selectAll().execute()
    return rows.map(planOf).filter(({ enabled }) => enabled)
  }

  async plan(environment: string): Promise<KeptPlan | undefined> {
    const row = await this.#db
      .selectFrom('drill_plans')
      .selectAll()
      .where('environment', '=', environment)
      .executeTakeFirst()
    return row && planOf(row)
  }

  /** What was due by `now` is not begun. Throws `StoreFailure` `gone` when there is no such environment. */
  async savePlan(environment: string, plan: DrillPlan, now: UnixMs): Promise<void> {
    const values = { body: JSON.stringify(plan), saved_at: now }
    await this.#db
      .insertInto('drill_plans')
      .values({ environment, ...values, month: '' })
      .onConflict((conflict) => conflict.column('environment').doUpdateSet(values))
      .execute()
  }

  async underWay(): Promise<Drill[]> {
    const rows = await this.#db
      .selectFrom('drills')
      .select('body')
      .where('ended_at', 'is', null)
      .execute()
    return rows.map(({ body }) => fromJson(body))
  }

  /** Newest first. */
  async drills(environment: string): Promise<Drill[]> {
    const rows = await this.#db
      .selectFrom('drills')
      .select('body')
      .where('environment', '=', environment)
      .orderBy('begun_at', 'desc')
      .orderBy('id', 'desc')
      .limit(MAX_DRILLS)
      .execute()
    return rows.map(({ body }) => fromJson(body))
  }

  /** Where the newest that ended since then stopped; undefined: it passed, or there was none. */
  async failedSince(environment: string, since: UnixMs): Promise<DrillStep | undefined> {
    const row = await this.#db
      .selectFrom('drills')
      .select('body')
      .where('environment', '=', environment)
      .where('ended_at', '>=', since)
      .orderBy('ended_at', 'desc')
      .limit(1)
      .executeTakeFirst()
    const end = row && fromJson<Drill>(row.body).end
    return end?.outcome === 'failed' ? end.step : undefined
  }

  async begin(drill: Drill): Promise<boolean> {
    const { environment, id, month, begunAt } = drill
    return this.#db.transaction().execute(async (trx) => {
      const other = await trx
        .selectFrom('drills')
        .select('id')
        .where('environment', '=', environment)
        .where('ended_at', 'is', null)
        .executeTakeFirst()
      if (other || (month !== undefined && !(await isFirstOf(trx, environment, month)))) {
        return false
      }
      await forgetOld(trx, environment)
      const row = { environment, id, begun_at: begunAt, ended_at: null }
      await trx
        .insertInto('drills')
        .values({ ...row, body: JSON.stringify(drill) })
        .execute()
      return true
    })
  }

  async save(drill: Drill, mails: readonly NewDelivery[]): Promise<void> {
    const { environment, id, end } = drill
    await this.#db.transaction().execute(async (trx) => {
      const { numUpdatedRows } = await trx
        .updateTable('drills')
        .set({ body: JSON.stringify(drill), ended_at: orNull(end?.at) })
        .where('environment', '=', environment)
        .where('id', '=', id)
        .where('ended_at', 'is', null)
        .executeTakeFirst()
      if (numUpdatedRows === 0n) return
      await inBatches(mails.map(newDeliveryRow), (batch) =>
        trx.insertInto('deliveries').values(batch).execute(),
      )
    })
  }

  async happened({ environment, id, begunAt, alert }: Drill): Promise<Happened> {
    let query = this.#db
      .selectFrom('alerts')
      .select(['id', 'labels', 'fired_at', 'resolved_at'])
      .where('environment', '=', environment)
      // By the index.
      .where('active_at', '>=', begunAt)
      .where('rule', '=', ALARM.rule)
    if (alert !== undefined) query = query.where('id', '=', alert)
    const rows = await query.execute()
    const title = ALARM.title + id
    const row = rows.find(({ labels }) => fromJson<{ title?: string }>(labels).title === title)
    if (!row) return { messages: [], decisions: [] }
    return {
      alert: {
        id: row.id,
        ...(row.fired_at !== null && { firedAt: row.fired_at }),
        ...(row.resolved_at !== null && { resolvedAt: row.resolved_at }),
      },
      messages: await this.#messages(environment, row.id),
      decisions: await this.#decisions(environment, row.id),
    }
  }

  async #messages(environment: string, alert: string): Promise<DrillMessage[]> {
    const rows = await this.#db
      .selectFrom('deliveries as d')
      .leftJoin('contacts as c', (join) =>
        join.onRef('c.environment', '=', 'd.environment').onRef('c.id', '=', 'd.contact'),
      )
      .leftJoin('receivers as r', (join) =>
        join.onRef('r.environment', '=', 'd.environment').onRef('r.id', '=', 'd.contact'),
      )
      .select(['d.policy', 'd.contact', 'd.channel', 'd.planned_at', 'd.state', 'd.sent_at'])
      .select(['d.answer', 'd.to_address', 'c.name as contact_name', 'r.name as receiver_name'])
      .where('d.environment', '=', environment)
      .where('d.id', 'in', (e) =>
        e.selectFrom('delivery_alerts').select('delivery').where('alert', '=', alert),
      )
      .orderBy('d.planned_at')
      .orderBy('d.id')
      .limit(MAX_MESSAGES)
      .execute()
    return rows.map((row) => ({
      ...{ policy: row.policy, contact: row.contact, channel: row.channel, state: row.state },
      ...{ name: row.contact_name ?? row.receiver_name ?? row.to_address },
      plannedAt: row.planned_at,
      ...(row.sent_at !== null && { sentAt: row.sent_at }),
      ...(row.answer !== null && { answer: row.answer }),
    }))
  }

  async #decisions(environment: string, alert: string): Promise<TraceLine[]> {
    const rows = await this.#db
      .selectFrom('traces')
      .select('lines')
      .where('environment', '=', environment)
      .where('alert', '=', alert)
      .orderBy('at', 'desc')
      .limit(MAX_TRACES)
      .execute()
    return rows.flatMap(({ lines }) => fromJson<TraceLine[]>(lines))
  }
}

/** Marks the month as begun. */
async function isFirstOf(db: Database, environment: string, month: string): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('drill_plans')
    .set({ month })
    .where('environment', '=', environment)
    .where('month', '<', month)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** There is room for one more. */
async function forgetOld(db: Database, environment: string): Promise<void> {
  const kept = await db
    .selectFrom('drills')
    .select('id')
    .where('environment', '=', environment)
    .orderBy('begun_at', 'desc')
    .orderBy('id', 'desc')
    .limit(MAX_DRILLS - 1)
    .execute()
  const ids = kept.map(({ id }) => id)
  let old = db.deleteFrom('drills').where('environment', '=', environment)
  if (ids.length > 0) old = old.where('id', 'not in', ids)
  await old.execute()
}

function planOf(row: { environment: string; body: string; saved_at: number; month: string }) {
  const { environment, body, saved_at: savedAt, month } = row
  return { ...fromJson<DrillPlan>(body), environment, savedAt, month }
}
