/** Acts on alerts, and when alerts are looked at again. */
import { sql } from 'kysely'
import type { UnixMs } from '../../model/time.ts'
import type { AlertChange, Story } from '../alerts/alert.ts'
import type { ActStore } from '../api/notify-ports.ts'
import type { Act } from '../notify/acts/act.ts'
import type { Reminder, ReminderStore } from '../notify/reminders/reminder.ts'
import { alertOf } from './alert-row.ts'
import type { ActRow } from './alert-rows.ts'
import { fromJson, orNull } from './column.ts'
import { type Ended, insertReminders, reminderOf, resumed } from './reminder-row.ts'
import { inBatches } from './rows.ts'
import type { Database } from './tables.ts'

/** In place of a policy, as `notify/reminders/reminder.ts` has them. */
const SNOOZE_END = ''
const UNDONE = 'undone'
const OF_ACTS = [SNOOZE_END, UNDONE]

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

  /**
   * It ends what the alert waited for, which goes on when it is taken back; a note changes nothing. Throws
   * `StoreFailure` `gone` when there is no such environment.
   */
  async saveAct(act: Act): Promise<void> {
    const { environment, alert } = act
    await this.#db.transaction().execute(async (trx) => {
      const { place } = await trx
        .selectFrom('acts')
        .select(sql<number>`coalesce(max(place), 0) + 1`.as('place'))
        .where('environment', '=', environment)
        .where('alert', '=', alert)
        .executeTakeFirstOrThrow()
      const ended = await endReminders(trx, act)
      await insertReminders(trx, await remindersAfter(trx, act))
      await trx
        .insertInto('acts')
        .values(actRow(act, place, ended))
        .execute()
    })
  }

  async newestActs(alerts: readonly string[]): Promise<Act[]> {
    const acts: Act[] = []
    await inBatches(alerts, async (batch) => {
      const rows = await this.#db
        .selectFrom('acts')
        .selectAll()
        .where('alert', 'in', batch)
        .where('kind', '!=', 'note')
        .where(({ eb, selectFrom }) =>
          eb(
            'place',
            '=',
            selectFrom('acts as other')
              .select(sql<number>`max(other.place)`.as('newest'))
              .whereRef('other.environment', '=', 'acts.environment')
              .whereRef('other.alert', '=', 'acts.alert')
              .where('other.kind', '!=', 'note'),
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

/** What the alert does not wait for any more; what was told just before goes on where an act is taken back. */
async function endReminders(
  db: Database,
  { environment, alert, kind }: Act,
): Promise<readonly Reminder[]> {
  if (kind === 'note') return []
  const rows = await db
    .deleteFrom('reminders')
    .where('environment', '=', environment)
    .where('alert', '=', alert)
    .$if(kind === 'undo', (some) => some.where('policy', 'in', OF_ACTS))
    .returningAll()
    .execute()
  return rows.map(reminderOf)
}

async function remindersAfter(db: Database, act: Act): Promise<readonly Reminder[]> {
  const { environment, alert, kind, at, until } = act
  const look = { environment, alert, step: 0, since: at }
  if (kind === 'snooze' && until !== undefined) {
    return [{ ...look, policy: SNOOZE_END, dueAt: until }]
  }
  if (kind !== 'undo') return []
  const goingOn = resumed(await endedOf(db, act), at).filter(
    ({ policy }) => !OF_ACTS.includes(policy),
  )
  // News that still waits goes first, and may have been decided as if nothing were taken back.
  const { until: newsAt } = await db
    .selectFrom('alert_changes')
    .select(({ fn }) => fn.max('hold_until').as('until'))
    .where('environment', '=', environment)
    .where('alert', '=', alert)
    .executeTakeFirstOrThrow()
  return [...goingOn, { ...look, policy: UNDONE, dueAt: Math.max(at, newsAt ?? at) }]
}

/** What the acts ended that are taken back. */
async function endedOf(db: Database, { environment, alert }: Act): Promise<Ended[]> {
  const rows = await db
    .selectFrom('acts')
    .select(['at', 'kind', 'until_at', 'body'])
    .where('environment', '=', environment)
    .where('alert', '=', alert)
    .where('kind', '!=', 'note')
    .orderBy('place')
    .execute()
  const acts = rows.map(({ body, ...row }) => ({
    ...row,
    reminders: fromJson<ActBody>(body).ended ?? [],
  }))
  const since = acts.findLastIndex(({ kind, until_at }, n) => {
    const next = acts[n + 1]
    if (kind === 'undo' || !next) return kind === 'undo'
    // A snooze that was over had told the alarm anew, unless the next act ended that, too.
    const isLeft = next.reminders.some(({ policy }) => policy === SNOOZE_END)
    return until_at !== null && until_at <= next.at && !isLeft
  })
  return acts.slice(since + 1)
}

type ActBody = Pick<Act, 'by' | 'note' | 'contact'> & { readonly ended?: readonly Reminder[] }

function actRow(
  { by, contact, note, until, ...act }: Act,
  place: number,
  ended: readonly Reminder[],
): ActRow {
  const body: ActBody = {
    ...{ by, note, ...(contact !== undefined && { contact }) },
    ...(ended.length > 0 && { ended }),
  }
  return { ...act, place, until_at: orNull(until), body: JSON.stringify(body) }
}

function actOf({ environment, alert, at, kind, until_at, body }: ActRow): Act {
  const { ended: _, ...said } = fromJson<ActBody>(body)
  return {
    ...{ environment, alert, at, kind, ...said },
    ...(until_at !== null && { until: until_at }),
  }
}
