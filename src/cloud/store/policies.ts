/** Who is told of what: policies and groups of contacts. */
import type { PolicyStore } from '../api/notify-ports.ts'
import type { ContactGroup, Policy } from '../notify/policy.ts'
import { fromJson } from './column.ts'
import type { PolicyRow } from './notify-rows.ts'
import type { Database } from './tables.ts'

export class Policies implements PolicyStore {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** In the order of their ids. */
  policies(environment: string): Promise<Policy[]> {
    return policiesIn(this.#db, environment)
  }

  /** Throws `StoreFailure` `gone` when there is no such environment. */
  async savePolicy({ environment, id, name, services, contacts, ...rest }: Policy): Promise<void> {
    const values = {
      ...{ name, services: JSON.stringify(services), contacts: JSON.stringify(contacts) },
      settings: JSON.stringify(rest),
    }
    await this.#db
      .insertInto('policies')
      .values({ environment, id, ...values })
      .onConflict((conflict) => conflict.columns(['environment', 'id']).doUpdateSet(values))
      .execute()
  }

  async removePolicy(environment: string, id: string): Promise<boolean> {
    const { numDeletedRows } = await this.#db
      .deleteFrom('policies')
      .where('environment', '=', environment)
      .where('id', '=', id)
      .executeTakeFirst()
    return numDeletedRows > 0n
  }

  /** In the order of their ids. */
  groups(environment: string): Promise<ContactGroup[]> {
    return groupsIn(this.#db, environment)
  }

  /** Throws `StoreFailure` `gone` when there is no such environment. */
  async saveGroup({ environment, id, name, contacts }: ContactGroup): Promise<void> {
    const values = { name, contacts: JSON.stringify(contacts) }
    await this.#db
      .insertInto('contact_groups')
      .values({ environment, id, ...values })
      .onConflict((conflict) => conflict.columns(['environment', 'id']).doUpdateSet(values))
      .execute()
  }

  async removeGroup(environment: string, id: string): Promise<boolean> {
    const { numDeletedRows } = await this.#db
      .deleteFrom('contact_groups')
      .where('environment', '=', environment)
      .where('id', '=', id)
      .executeTakeFirst()
    return numDeletedRows > 0n
  }
}

export async function policiesIn(db: Database, environment: string): Promise<Policy[]> {
  const rows = await db
    .selectFrom('policies')
    .selectAll()
    .where('environment', '=', environment)
    .orderBy('id')
    .execute()
  return rows.map(policyOf)
}

function policyOf({ environment, id, name, services, contacts, settings }: PolicyRow): Policy {
  const said = { services: fromJson<string[]>(services), contacts: fromJson<string[]>(contacts) }
  return {
    id,
    environment,
    name,
    ...said,
    ...(settings !== null && fromJson<Partial<Policy>>(settings)),
  }
}

export async function groupsIn(db: Database, environment: string): Promise<ContactGroup[]> {
  const rows = await db
    .selectFrom('contact_groups')
    .selectAll()
    .where('environment', '=', environment)
    .orderBy('id')
    .execute()
  return rows.map(({ id, name, contacts }) => ({
    id,
    environment,
    name,
    contacts: fromJson(contacts),
  }))
}
