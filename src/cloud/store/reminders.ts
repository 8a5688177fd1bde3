/** Acts on alerts, and when alerts are looked at again. */
import { sql } from 'kysely'
import type { UnixMs } from '../../model/time.ts'
import type { AlertChange, Story } from '../alerts/alert.ts'
import type { ActStore } from '../api/notify-ports.ts'
import type { Act } from '../notify/acts/act.ts'
import type { Reminder, ReminderStore } from '../notify/reminders/reminder.ts'
import { alertOf } from './alert-row.ts'
import { fromJson, orNull } from './column.ts'
import { insertReminders, reminderOf } from './reminder-row.ts'
import { inBatches } from './rows.ts'
import type { ActRow, Database } from './tables.ts'

export class Reminders implements ReminderStore, ActStore {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** Oldest first. */
  async acts(environment: string, alert: string): Promise<Act[]> {
    const rows = await this.#db
      .selectFrom('acts')
      .selectAll()
      .where('environment', '=', environment)
      .where('alert', '=', alert)
      .orderBy('place')
      .execute()
    return rows.map(actOf)
  }

  /** It ends what the alert waited for. Throws `StoreFailure` `gone` when there is no such environment. */
  async saveAct(act: Act): Promise<void> {
    const { environment, alert, at, kind, until } = act
    await this.#db.transaction().execute(async (trx) => {
      const { place } = await trx
        .selectFrom('acts')
        .select(sql<number>`coalesce(max(place), 0) + 1`.as('place'))
        .where('environment', '=', environment)
        .where('alert', '=', alert)
        .executeTakeFirstOrThrow()
      await trx.insertInto('acts').values(actRow(act, place)).execute()
      await trx
        .deleteFrom('reminders')
        .where('environment', '=', environment)
        .where('alert', '=', alert)
        .execute()
      if (kind !== 'snooze' || until === undefined) return
      const end = { environment, alert, policy: '', step: 0, since: at, dueAt: until }
      await insertReminders(trx, [end])
    })
  }

  async newestActs(alerts: readonly string[]): Promise<Act[]> {
    const acts: Act[] = []
    await inBatches(alerts, async (batch) => {
      const rows = await this.#db
        .selectFrom('acts')
        .selectAll()
        .where('alert', 'in', batch)
        .where(({ eb, selectFrom }) =>
          eb(
            'place',
            '=',
            selectFrom('acts as other')
              .select(sql<number>`max(other.place)`.as('newest'))
              .whereRef('other.environment', '=', 'acts.environment')
              .whereRef('other.alert', '=', 'acts.alert'),
          ),
        )
        .execute()
      acts.push(...rows.map(actOf))
    })
    return acts
  }

  async dueReminders(
    now: UnixMs,
    limit: number,
    except: readonly string[] = [],
  ): Promise<Reminder[]> {
    const rows = await this.#db
      .selectFrom('reminders')
      .selectAll()
      .where('due_at', '<=', now)
      .$if(except.length > 0, (rest) => rest.where('environment', 'not in', except))
      .orderBy('due_at')
      .orderBy('alert')
      .limit(limit)
      .execute()
    return rows.map(reminderOf)
  }

  async firstReminderDue(): Promise<UnixMs | undefined> {
    const row = await this.#db
      .selectFrom('reminders')
      .select('due_at')
      .orderBy('due_at')
      .limit(1)
      .executeTakeFirst()
    return row?.due_at
  }

  async firingOf(environment: string, alerts: readonly string[]): Promise<AlertChange[]> {
    const firing: AlertChange[] = []
    await inBatches(alerts, async (batch) => {
      const rows = await this.#db
        .selectFrom('alerts')
        .selectAll()
        .where('environment', '=', environment)
        .where('id', 'in', batch)
        .where('state', '=', 'firing')
        .execute()
      for (const row of rows) {
        const alert = alertOf(row)
        const at = alert.firedAt ?? alert.activeAt
        const story = row.story === null ? {} : { story: fromJson<Story>(row.story) }
        firing.push({ kind: 'fired', at, receivedAt: at, alert, ...story })
      }
    })
    return firing
  }

  async deliveredOf(alerts: readonly string[]) {
    const delivered: { alert: string; policy: string }[] = []
    await inBatches(alerts, async (batch) => {
      const rows = await this.#db
        .selectFrom('delivery_alerts')
        .innerJoin('deliveries', 'deliveries.id', 'delivery_alerts.delivery')
        .select(['delivery_alerts.alert', 'policy'])
        .distinct()
        .where('delivery_alerts.alert', 'in', batch)
        .where('state', '=', 'sent')
        .execute()
      for (const { alert, policy } of rows) delivered.push({ alert, policy })
    })
    return delivered
  }
}

function actRow({ by, contact, note, until, ...act }: Act, place: number): ActRow {
  return {
    ...{ ...act, place, until_at: orNull(until) },
    body: JSON.stringify({ by, note, ...(contact !== undefined && { contact }) }),
  }
}

function actOf({ environment, alert, at, kind, until_at, body }: ActRow): Act {
  return {
    ...{ environment, alert, at, kind },
    ...fromJson<Pick<Act, 'by' | 'note' | 'contact'>>(body),
    ...(until_at !== null && { until: until_at }),
  }
}
