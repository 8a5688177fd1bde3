/** That an alert is over goes out after what its reader is still to be told of it, also where that has to wait. */
import { sql } from 'kysely'
import type { UnixMs } from '../../model/time.ts'
import type { Delivery, NewDelivery } from '../notify/ports.ts'
import { inBatches } from './rows.ts'
import type { Database } from './tables.ts'

/** Between the two: they are not tried at the same time. */
const GAP_MS = 2_000

/** Those of new deliveries that tell an end. */
export async function queueEnds(db: Database, deliveries: readonly NewDelivery[]): Promise<void> {
  const ends = deliveries.filter(({ isEnd }) => isEnd)
  const ids = new Set(ends.map(({ id }) => id))
  const dues = new Map<string, UnixMs>()
  await inBatches([...new Set(ends.flatMap(({ alerts }) => alerts))], async (batch) => {
    const waiting = await db
      .selectFrom('delivery_alerts')
      .innerJoin('deliveries', 'deliveries.id', 'delivery_alerts.delivery')
      .select(['deliveries.id', 'delivery_alerts.alert', 'policy', 'contact', 'due_at'])
      .select(['channel', 'to_address'])
      .where('delivery_alerts.alert', 'in', batch)
      .where('state', '=', 'waiting')
      .execute()
    for (const { id, alert, due_at, to_address: to, ...row } of waiting) {
      const key = readerKey(alert, { ...row, to })
      if (!ids.has(id)) dues.set(key, Math.max(dues.get(key) ?? 0, due_at + GAP_MS))
    }
  })
  for (const { id, alerts, ...reader } of ends) {
    const waits = alerts.flatMap((one) => dues.get(readerKey(one, reader)) ?? [])
    if (waits.length === 0) continue
    await db
      .updateTable('deliveries')
      .set({ due_at: Math.max(...waits) })
      .where('id', '=', id)
      .where('state', '=', 'waiting')
      .execute()
  }
}

/** Who is told of an alert by mail, and by which phone gateway, waits for each by itself. */
function readerKey(
  alert: string,
  { policy, contact, channel, to }: Pick<Delivery, 'policy' | 'contact' | 'channel' | 'to'>,
): string {
  return JSON.stringify([alert, policy, contact, channel === 'mail' ? '' : to])
}

/** `delivery` waits until `dueAt`: what was planned later for its reader, about an alert of it, waits as well. */
export async function queueBehind(
  db: Database,
  delivery: Delivery['id'],
  dueAt: UnixMs,
): Promise<void> {
  const after = dueAt + GAP_MS
  await sql`
    update deliveries set due_at = ${after}
    where state = 'waiting' and due_at < ${after} and id in (
      select later.id
      from deliveries as before
      join delivery_alerts as mine on mine.delivery = before.id
      join delivery_alerts as others on others.alert = mine.alert
      join deliveries as later on later.id = others.delivery
      where before.id = ${delivery} and later.id != before.id
        and later.policy = before.policy and later.contact = before.contact
        and later.lane = before.lane
        and later.planned_at >= before.planned_at
    )`.execute(db)
}
