/** Who can be told. */
import type { ContactStore } from '../api/ports.ts'
import type { Contact } from '../notify/ports.ts'
import type { ContactRow, Database } from './tables.ts'

export class Contacts implements ContactStore {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** By name. */
  contacts(environment: string): Promise<Contact[]> {
    return contactsIn(this.#db, environment)
  }

  /** Throws `StoreFailure` `gone` when there is no such environment. */
  async saveContact({ environment, id, ...contact }: Contact): Promise<void> {
    const { name, email, language, timeZone } = contact
    const values = { name, email, language, time_zone: timeZone }
    await this.#db
      .insertInto('contacts')
      .values({ environment, id, ...values })
      .onConflict((conflict) => conflict.columns(['environment', 'id']).doUpdateSet(values))
      .execute()
  }

  async removeContact(environment: string, id: string): Promise<boolean> {
    const { numDeletedRows } = await this.#db
      .deleteFrom('contacts')
      .where('environment', '=', environment)
      .where('id', '=', id)
      .executeTakeFirst()
    return numDeletedRows > 0n
  }
}

/** By name; sorted here, as databases differ in how they sort text. */
export async function contactsIn(db: Database, environment: string): Promise<Contact[]> {
  const rows = await db
    .selectFrom('contacts')
    .selectAll()
    .where('environment', '=', environment)
    .execute()
  return rows
    .map(contactOf)
    .sort((a, b) => (a.name < b.name || (a.name === b.name && a.id < b.id) ? -1 : 1))
}

function contactOf(row: ContactRow): Contact {
  const { id, environment, name, email, language } = row
  return { id, environment, name, email, language, timeZone: row.time_zone }
}
