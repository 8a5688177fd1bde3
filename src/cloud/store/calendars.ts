/** How environments see days. */
import type { CalendarSettings } from '../calendar/special-day.ts'
import { fromJson } from './column.ts'
import type { Database } from './tables.ts'

export class CalendarRows {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** Undefined for an environment that never said anything. */
  calendar(environment: string): Promise<CalendarSettings | undefined> {
    return calendarIn(this.#db, environment)
  }

  /** Throws `StoreFailure` `gone` when there is no such environment. */
  async saveCalendar(environment: string, settings: CalendarSettings): Promise<void> {
    const values = { settings: JSON.stringify(settings) }
    await this.#db
      .insertInto('calendars')
      .values({ environment, ...values })
      .onConflict((conflict) => conflict.column('environment').doUpdateSet(values))
      .execute()
  }
}

export async function calendarIn(
  db: Database,
  environment: string,
): Promise<CalendarSettings | undefined> {
  const row = await db
    .selectFrom('calendars')
    .select('settings')
    .where('environment', '=', environment)
    .executeTakeFirst()
  return row && fromJson(row.settings)
}
