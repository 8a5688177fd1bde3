/** Mutes, and how much each has muted. */
import type { UnixMs } from '../../model/time.ts'
import type { CountedMute, MuteStore } from '../api/notify-ports.ts'
import type { Mute } from '../notify/mute.ts'
import { fromJson } from './column.ts'
import type { Database } from './tables.ts'

export class Mutes implements MuteStore {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** Those that end first come first. */
  async mutes(environment: string): Promise<CountedMute[]> {
    const rows = await this.#db
      .selectFrom('mutes')
      .selectAll()
      .where('environment', '=', environment)
      .execute()
    return rows
      .sort((a, b) => a.ends_at - b.ends_at || (a.id < b.id ? -1 : 1))
      .map(({ body, muted, muted_at }) => ({
        ...fromJson<Mute>(body),
        muted,
        ...(muted_at !== null && { mutedAt: muted_at }),
      }))
  }

  /** What waits for it is looked at again. Throws `StoreFailure` `gone` when there is no such environment. */
  async saveMute(mute: Mute): Promise<void> {
    const { environment, id, to } = mute
    const values = { body: JSON.stringify(mute), ends_at: to }
    await this.#db.transaction().execute(async (trx) => {
      await trx
        .insertInto('mutes')
        .values({ environment, id, ...values, muted: 0, muted_at: null })
        .onConflict((conflict) => conflict.columns(['environment', 'id']).doUpdateSet(values))
        .execute()
      await letGo(trx, environment, id)
    })
  }

  /** What waits for it is looked at again. */
  async removeMute(environment: string, id: string): Promise<boolean> {
    return this.#db.transaction().execute(async (trx) => {
      const { numDeletedRows } = await trx
        .deleteFrom('mutes')
        .where('environment', '=', environment)
        .where('id', '=', id)
        .executeTakeFirst()
      await letGo(trx, environment, id)
      return numDeletedRows > 0n
    })
  }
}

function letGo(db: Database, environment: string, mute: string) {
  return db
    .updateTable('alert_changes')
    .set({ hold_until: null })
    .where('environment', '=', environment)
    .where('muted', '=', mute)
    .execute()
}

export async function mutesIn(db: Database, environment: string): Promise<Mute[]> {
  const rows = await db
    .selectFrom('mutes')
    .select('body')
    .where('environment', '=', environment)
    .execute()
  return rows.map(({ body }) => fromJson(body))
}

/** It muted `count` more. */
export function countMuted(
  db: Database,
  environment: string,
  mute: string,
  count: { readonly more: number; readonly at: UnixMs },
) {
  return db
    .updateTable('mutes')
    .set((e) => ({ muted: e('muted', '+', count.more), muted_at: count.at }))
    .where('environment', '=', environment)
    .where('id', '=', mute)
    .execute()
}
