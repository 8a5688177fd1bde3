/** What the console reads of alerts and deliveries. */
import { sql } from 'kysely'
import type { UnixMs } from '../../model/time.ts'
import type { Alert, Story } from '../alerts/alert.ts'
import type { AlertReads } from '../api/ports.ts'
import type { Delivery } from '../notify/ports.ts'
import { alertOf } from './alert-row.ts'
import { fromJson } from './column.ts'
import { deliveryOf } from './delivery-row.ts'
import type { Database } from './tables.ts'

type AlertQuery = Parameters<AlertReads['alerts']>[0]
type DeliveryQuery = Parameters<AlertReads['deliveries']>[0]

/** A search looks at each alert, at so many of the newest. */
const SEARCHED_ALERTS = 20_000

export class Reads implements AlertReads {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  async alerts(asked: AlertQuery): Promise<Alert[]> {
    const { environment, states, unhandledAt, drills, level, words = [], before, limit } = asked
    let query = this.#db.selectFrom('alerts').selectAll().where('environment', '=', environment)
    if (states) query = query.where('state', 'in', states)
    if (unhandledAt !== undefined) query = query.where(isUnhandled(unhandledAt))
    if (drills) query = query.where(drills === 'only' ? isDrill : sql<boolean>`not ${isDrill}`)
    if (level) query = query.where('severity', '=', level)
    if (words.length > 0) query = query.where(isSearched(environment))
    for (const word of words) query = query.where(has(word))
    if (before !== undefined) query = query.where('active_at', '<', before)
    const rows = await query
      .orderBy('active_at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit)
      .execute()
    return rows.map(alertOf)
  }

  async alert(environment: string, id: string): Promise<Alert | undefined> {
    const row = await this.#db
      .selectFrom('alerts')
      .selectAll()
      .where('environment', '=', environment)
      .where('id', '=', id)
      .executeTakeFirst()
    return row && alertOf(row)
  }

  async story(environment: string, id: string): Promise<Story | undefined> {
    const row = await this.#db
      .selectFrom('alerts')
      .select('story')
      .where('environment', '=', environment)
      .where('id', '=', id)
      .executeTakeFirst()
    return row?.story ? fromJson<Story>(row.story) : undefined
  }

  async waitsUntil(environment: string, id: string): Promise<UnixMs | undefined> {
    const row = await this.#db
      .selectFrom('alert_changes')
      .select('hold_until')
      .where('environment', '=', environment)
      .where('alert', '=', id)
      .where('hold_until', 'is not', null)
      // That waits for the end of a mute.
      .where('muted', 'is', null)
      .executeTakeFirst()
    return row?.hold_until ?? undefined
  }

  async deliveries({ environment, alert, limit }: DeliveryQuery): Promise<Delivery[]> {
    let query = this.#db.selectFrom('deliveries').selectAll().where('environment', '=', environment)
    if (alert !== undefined) {
      query = query.where('id', 'in', (e) =>
        e.selectFrom('delivery_alerts').select('delivery').where('alert', '=', alert),
      )
    }
    const rows = await query
      .orderBy('planned_at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit)
      .execute()
    return rows.map(deliveryOf)
  }
}

/** As `model/drill.ts` has it, of labels as they are kept. */
const isDrill = sql<boolean>`(labels like '%"watchdog":"drill"%')`

/** One of the newest: an index knows them. */
function isSearched(environment: string) {
  return sql<boolean>`(active_at >= coalesce((
    select newest.active_at from alerts as newest where newest.environment = ${environment}
    order by newest.active_at desc limit 1 offset ${SEARCHED_ALERTS - 1}), 0))`
}

/** It has the word in its rule, a label or its title. */
function has(word: string) {
  const pattern = `%${word.replaceAll(/[\\%_]/g, '\\$&')}%`
  const like = (value: string) => sql<boolean>`${sql.raw(value)} like ${pattern} escape '\\'`
  const ofTitle = (name: string) => like(`json_extract(annotations, '$.${name}')`)
  return sql<boolean>`(${like('rule')} or ${ofTitle('title')} or ${ofTitle('title_en')}
    or exists (select 1 from json_each(alerts.labels) as label where ${like('label.value')}))`
}

/** It fires, and the newest act on it, if any, is a snooze that is over, or takes back what was done. */
function isUnhandled(at: UnixMs) {
  return sql<boolean>`(alerts.state = 'firing' and coalesce((
    select case when acts.kind = 'undo' or (acts.kind = 'snooze' and acts.until_at <= ${at}) then 0 else 1 end
    from acts where acts.environment = alerts.environment and acts.alert = alerts.id and acts.kind != 'note'
    order by acts.place desc limit 1), 0) = 0)`
}
