/** Who is on call when. */
import type { RotaStore } from '../api/notify-ports.ts'
import type { Rota } from '../notify/rota.ts'
import { fromJson } from './column.ts'
import type { Database } from './tables.ts'

export class Rotas implements RotaStore {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** In the order of their ids. */
  rotas(environment: string): Promise<Rota[]> {
    return rotasIn(this.#db, environment)
  }

  /** Throws `StoreFailure` `gone` when there is no such environment. */
  async saveRota({ environment, id, ...rest }: Rota): Promise<void> {
    const body = JSON.stringify(rest)
    await this.#db
      .insertInto('rotas')
      .values({ environment, id, body })
      .onConflict((conflict) => conflict.columns(['environment', 'id']).doUpdateSet({ body }))
      .execute()
  }

  async removeRota(environment: string, id: string): Promise<boolean> {
    const { numDeletedRows } = await this.#db
      .deleteFrom('rotas')
      .where('environment', '=', environment)
      .where('id', '=', id)
      .executeTakeFirst()
    return numDeletedRows > 0n
  }
}

export async function rotasIn(db: Database, environment: string): Promise<Rota[]> {
  const rows = await db
    .selectFrom('rotas')
    .selectAll()
    .where('environment', '=', environment)
    .orderBy('id')
    .execute()
  return rows.map(({ id, body }) => ({ ...fromJson<Omit<Rota, 'id'>>(body), environment, id }))
}
