/** Reminders as rows, and as plans and acts take and leave them. */
import type { UnixMs } from '../../model/time.ts'
import type { Plan } from '../notify/ports.ts'
import type { Reminder } from '../notify/reminders/reminder.ts'
import type { ReminderRow } from './alert-rows.ts'
import { inBatches } from './rows.ts'
import type { Database } from './tables.ts'

/** Those plans whose reminders are there as they were: these are done with. In the caller's transaction. */
export async function takeReminders(db: Database, plans: readonly Plan[]): Promise<Plan[]> {
  const taken: Plan[] = []
  for (const plan of plans) {
    if (await isTaken(db, plan.reminded ?? [])) taken.push(plan)
  }
  return taken
}

async function isTaken(db: Database, reminders: readonly Reminder[]): Promise<boolean> {
  for (const [environment, all] of Map.groupBy(reminders, (one) => one.environment)) {
    const there = new Map<string, Reminder>()
    await inBatches(all, async (batch) => {
      const rows = await db
        .selectFrom('reminders')
        .selectAll()
        .where('environment', '=', environment)
        .where(
          'alert',
          'in',
          batch.map(({ alert }) => alert),
        )
        .execute()
      for (const row of rows) there.set(keyOf(reminderOf(row)), reminderOf(row))
    })
    const isThere = (one: Reminder) => {
      const found = there.get(keyOf(one))
      return found?.dueAt === one.dueAt && found.step === one.step
    }
    if (!all.every(isThere)) return false
  }
  for (const one of reminders) await removeReminder(db, one)
  return true
}

function removeReminder(db: Database, { environment, alert, policy }: Reminder) {
  return db
    .deleteFrom('reminders')
    .where('environment', '=', environment)
    .where('alert', '=', alert)
    .where('policy', '=', policy)
    .execute()
}

/** One that is there stays as it is. */
export async function insertReminders(db: Database, reminders: readonly Reminder[]): Promise<void> {
  const rows = reminders.map(
    ({ since, dueAt, held, ...rest }): ReminderRow => ({
      ...{ ...rest, since_at: since, due_at: dueAt, held: held ? 1 : 0 },
    }),
  )
  await inBatches(rows, (batch) =>
    db
      .insertInto('reminders')
      .values(batch)
      .onConflict((conflict) => conflict.columns(['environment', 'alert', 'policy']).doNothing())
      .execute(),
  )
}

function keyOf({ alert, policy }: Reminder): string {
  return `${alert} ${policy}`
}

export function reminderOf({ since_at, due_at, held, ...rest }: ReminderRow): Reminder {
  return { ...rest, since: since_at, dueAt: due_at, ...(held !== 0 && { held: true }) }
}

/** Reminders that an act ended, and when. */
export interface Ended {
  readonly at: UnixMs
  readonly reminders: readonly Reminder[]
}

/** What goes on when these acts are taken back at `at`: each has still to wait as long as when it was ended. */
export function resumed(ended: readonly Ended[], at: UnixMs): Reminder[] {
  const newest = new Map<string, Reminder>()
  for (const { at: endedAt, reminders } of ended) {
    for (const one of reminders) {
      newest.set(one.policy, { ...one, dueAt: at + Math.max(0, one.dueAt - endedAt) })
    }
  }
  return [...newest.values()]
}
