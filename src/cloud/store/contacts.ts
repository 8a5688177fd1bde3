/** Who can be told, and what is known of their mail addresses. */
import { sql } from 'kysely'
import type { UnixMs } from '../../model/time.ts'
import type { ContactStore } from '../api/ports.ts'
import type { BounceStore } from '../notify/bounce.ts'
import type { AddressState, NewDelivery, StoredContact } from '../notify/ports.ts'
import type { VerificationStore } from '../notify/verification.ts'
import { fromJson } from './column.ts'
import { newDeliveryRow } from './delivery-row.ts'
import type { ContactRow } from './notify-rows.ts'
import type { Database } from './tables.ts'

const DAY_MS = 86_400_000

export class Contacts implements ContactStore, BounceStore, VerificationStore {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** By name. */
  contacts(environment: string): Promise<StoredContact[]> {
    return contactsIn(this.#db, environment)
  }

  async contact(environment: string, id: string): Promise<StoredContact | undefined> {
    const row = await rowOf(this.#db, environment, id)
    return row && contactOf(row)
  }

  /** What is known of an address that stays as it is stays, too. Throws `StoreFailure` `gone`: no such environment. */
  async saveContact({ environment, id, ...contact }: StoredContact): Promise<void> {
    const { name, email, language, timeZone, address } = contact
    const { phone = null, dingtalk = null, wecom = null, feishu = null } = contact
    const values = {
      ...{ name, email, language, time_zone: timeZone },
      ...{ phone, dingtalk, wecom, feishu },
    }
    const known = sql<string | null>`case when contacts.email = excluded.email
      then contacts.address_state else excluded.address_state end`
    await this.#db
      .insertInto('contacts')
      .values({ environment, id, ...values, address_state: stateColumn(address) })
      .onConflict((conflict) =>
        conflict.columns(['environment', 'id']).doUpdateSet({ ...values, address_state: known }),
      )
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

  changeAddress(
    environment: string,
    id: string,
    change: (known: StoredContact) => AddressState,
  ): Promise<StoredContact | undefined> {
    return this.#db.transaction().execute(async (trx) => {
      const row = await rowOf(trx, environment, id)
      if (!row) return undefined
      const address_state = stateColumn(change(contactOf(row)))
      await trx
        .updateTable('contacts')
        .set({ address_state })
        .where('environment', '=', environment)
        .where('id', '=', id)
        .execute()
      return contactOf({ ...row, address_state })
    })
  }

  /** Addresses are no longer to be confirmed: those that wait for it may be used. */
  async trustUnverified(): Promise<void> {
    await this.#db.transaction().execute(async (trx) => {
      const rows = await trx
        .selectFrom('contacts')
        .selectAll()
        .where('address_state', 'is not', null)
        .execute()
      for (const row of rows) {
        const { unverified, ...rest } = contactOf(row).address ?? {}
        if (!unverified) continue
        await trx
          .updateTable('contacts')
          .set({ address_state: stateColumn(rest) })
          .where('environment', '=', row.environment)
          .where('id', '=', row.id)
          .execute()
      }
    })
  }

  async sentSince(environment: string, address: string, since: UnixMs): Promise<boolean> {
    const found = await this.#db
      .selectFrom('deliveries')
      .select('id')
      .where('environment', '=', environment)
      // Sent after it was planned: by the index.
      .where('planned_at', '>', since - 3 * DAY_MS)
      .where('to_address', '=', address)
      .where('sent_at', '>', since)
      .limit(1)
      .executeTakeFirst()
    return found !== undefined
  }

  async askedAt(address: string, since: UnixMs): Promise<UnixMs[]> {
    const rows = await this.#db
      .selectFrom('verification_mails')
      .select('at')
      .where('address', '=', address.toLowerCase())
      .where('at', '>', since)
      .orderBy('at')
      .execute()
    return rows.map(({ at }) => at)
  }

  async saveAsk(mail: NewDelivery): Promise<void> {
    const at = mail.plannedAt
    await this.#db.transaction().execute(async (trx) => {
      await trx
        .deleteFrom('verification_mails')
        .where('at', '<', at - DAY_MS)
        .execute()
      await trx
        .insertInto('verification_mails')
        .values({ address: mail.to.toLowerCase(), at })
        .execute()
      await trx.insertInto('deliveries').values(newDeliveryRow(mail)).execute()
    })
  }
}

function rowOf(db: Database, environment: string, id: string): Promise<ContactRow | undefined> {
  return db
    .selectFrom('contacts')
    .selectAll()
    .where('environment', '=', environment)
    .where('id', '=', id)
    .executeTakeFirst()
}

/** By name; sorted here, as databases differ in how they sort text. */
export async function contactsIn(db: Database, environment: string): Promise<StoredContact[]> {
  const rows = await db
    .selectFrom('contacts')
    .selectAll()
    .where('environment', '=', environment)
    .execute()
  return rows
    .map(contactOf)
    .sort((a, b) => (a.name < b.name || (a.name === b.name && a.id < b.id) ? -1 : 1))
}

function stateColumn(address: AddressState = {}): string | null {
  return Object.values(address).some((known) => known !== undefined)
    ? JSON.stringify(address)
    : null
}

function contactOf(row: ContactRow): StoredContact {
  const { id, environment, name, email, language, address_state } = row
  const { phone, dingtalk, wecom, feishu } = row
  return {
    ...{ id, environment, name, email, language, timeZone: row.time_zone },
    ...(phone !== null && { phone }),
    ...(dingtalk !== null && { dingtalk }),
    ...(wecom !== null && { wecom }),
    ...(feishu !== null && { feishu }),
    ...(address_state !== null && { address: fromJson<AddressState>(address_state) }),
  }
}
