/** What waits, when the clock is set back. */
import { sql } from 'kysely'
import type { UnixMs } from '../../model/time.ts'
import type { WaitStore } from '../notify/set-back.ts'
import type { Database } from './tables.ts'

const OPEN = sql<boolean>`state in ('waiting', 'sending')`
/** What was planned within it was planned by the clock as it is now. */
const JUST_MS = 10_000

export class Waits implements WaitStore {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  async lastPlanned(): Promise<UnixMs | undefined> {
    const { at } = await this.#db
      .selectFrom('deliveries')
      .select(({ fn }) => fn.max('planned_at').as('at'))
      .where(OPEN)
      .executeTakeFirstOrThrow()
    return at ?? undefined
  }

  /** Ends of mutes and snoozes stay: they are times that people gave. */
  async bringForward(byMs: number, now: UnixMs): Promise<void> {
    await this.#db.transaction().execute(async (trx) => {
      await sql`update deliveries set due_at = due_at - ${byMs}
        where state = 'waiting' and due_at > ${now}`.execute(trx)
      // So that the next start knows that this is done.
      await sql`update deliveries set planned_at = ${now}
        where ${OPEN} and planned_at > ${now}`.execute(trx)
      await sql`update convergences set due_at = due_at - ${byMs},
          told_at = case when told_at > ${byMs} then told_at - ${byMs} else told_at end
        where due_at > ${now}`.execute(trx)
      await sql`update reminders set due_at = due_at - ${byMs}
        where due_at > ${now} and policy != '' and (since_at > ${now} or since_at < ${now - JUST_MS})
      `.execute(trx)
      await sql`update alert_changes set hold_until = hold_until - ${byMs}
        where hold_until > ${now} and (muted is null or muted = 'inhibited')`.execute(trx)
    })
  }
}
