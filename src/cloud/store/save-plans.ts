/** Plans as they are saved: all in the caller's transaction. */
import { sql } from 'kysely'
import type { UnixMs } from '../../model/time.ts'
import type { Convergence, NewDelivery, Plan } from '../notify/ports.ts'
import { saveChanges } from './alerts.ts'
import { convergenceRow, saveConvergences } from './convergence-row.ts'
import { newDeliveryRow } from './delivery-row.ts'
import { queueEnds } from './ends.ts'
import { countMuted } from './mutes.ts'
import { insertReminders, takeReminders } from './reminder-row.ts'
import { inBatches } from './rows.ts'
import type { Database } from './tables.ts'
import { saveTraces } from './traces.ts'

/** In place of a mute, as `notify/stages/inhibit.ts` has it. */
const INHIBITED = 'inhibited'

/**
 * A plan for a change that is done with already, or was removed with its environment, changes nothing; a
 * delivery that is there already stays as it is: saving a plan twice is harmless.
 */
export async function savePlans(trx: Database, plans: readonly Plan[]): Promise<void> {
  const fresh = await takeReminders(trx, await takeChanges(trx, plans))
  await saveDeliveries(
    trx,
    fresh.flatMap(({ deliveries }) => deliveries),
  )
  // Of one kind the last counts: a statement may not touch a row twice.
  const last = new Map(fresh.flatMap(({ convergences }) => convergences).map(withKey))
  await inBatches([...last.values()].map(convergenceRow), (batch) => saveConvergences(trx, batch))
  await saveTraces(
    trx,
    fresh.flatMap(({ traces = [] }) => traces),
  )
  await saveMuted(trx, fresh)
  await insertReminders(
    trx,
    fresh.flatMap(({ reminders = [] }) => reminders),
  )
  const renewed = fresh.flatMap((plan) => plan.renewed ?? [])
  for (const [environment, changes] of Map.groupBy(renewed, ({ alert }) => alert.environment)) {
    await saveChanges(trx, environment, changes)
  }
}

/** A change that is planned is not kept: the alert and its deliveries are. Those plans whose change was there. */
async function takeChanges(db: Database, plans: readonly Plan[]): Promise<Plan[]> {
  const taken = new Set<number>()
  const waits = ({ muted }: Plan) => muted?.until !== undefined
  const done = plans.flatMap((plan) =>
    plan.change === undefined || waits(plan) ? [] : plan.change,
  )
  await inBatches(done, async (batch) => {
    const rows = await db
      .deleteFrom('alert_changes')
      .where('id', 'in', batch)
      .returning('id')
      .execute()
    for (const { id } of rows) taken.add(id)
  })
  for (const { change = -1, muted } of plans) {
    if (muted?.until === undefined) continue
    const { numUpdatedRows } = await holdBack(db, change, { ...muted, until: muted.until })
    if (numUpdatedRows > 0n) taken.add(change)
  }
  return plans.filter(({ change }) => change === undefined || taken.has(change))
}

function holdBack(db: Database, change: number, { mute, until }: { mute: string; until: UnixMs }) {
  // A mute that was removed or shortened since it was asked holds back nothing.
  const whileThere = sql<number | null>`(select ${until} from mutes
    where mutes.environment = alert_changes.environment and mutes.id = ${mute} and ends_at >= ${until})`
  return db
    .updateTable('alert_changes')
    .set({ muted: mute, hold_until: mute === INHIBITED ? until : whileThere })
    .where('id', '=', change)
    .executeTakeFirst()
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
  await queueEnds(db, deliveries)
}

async function saveMuted(db: Database, plans: readonly Plan[]): Promise<void> {
  const muted = plans.flatMap(({ muted: by, traces = [] }) =>
    traces.flatMap(({ environment, at }) =>
      by?.isFirst ? { environment, at, mute: by.mute } : [],
    ),
  )
  for (const same of Map.groupBy(muted, (one) => `${one.environment} ${one.mute}`).values()) {
    const last = same.at(-1)
    if (!last) continue
    await countMuted(db, last.environment, last.mute, { more: same.length, at: last.at })
  }
}

function withKey(convergence: Convergence): [string, Convergence] {
  const { environment, policy, rule, service, subject, level } = convergence.kind
  return [JSON.stringify([environment, policy, rule, service, subject, level]), convergence]
}
