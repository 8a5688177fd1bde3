/** Robots, webhooks and phones; their settings hold secrets and are sealed. */
import { sql } from 'kysely'
import type { UnixMs } from '../../model/time.ts'
import type { ReceiverRows } from '../api/notify-ports.ts'
import type {
  Receiver,
  ReceiverHead,
  ReceiverKind,
  ReceiverStore,
  StoredReceiver,
} from '../notify/ports.ts'
import { fromJson } from './column.ts'
import type { ReceiverRow } from './notify-rows.ts'
import type { Secrets } from './secrets.ts'
import type { Database } from './tables.ts'

const MAX_OPENED = 1_000
const PHONE_KINDS: ReceiverKind[] = ['aliyun-sms', 'aliyun-voice']

export class Receivers implements ReceiverRows, ReceiverStore {
  readonly #db: Database
  readonly #secrets: Secrets
  /** By what was sealed, and whose it is: each delivery asks. */
  readonly #opened = new Map<string, string>()

  constructor(db: Database, secrets: Secrets) {
    this.#db = db
    this.#secrets = secrets
  }

  /** In the order of their ids. Throws `StoreFailure` `corrupt` where a secret was altered. */
  async receivers(environment: string): Promise<StoredReceiver[]> {
    const rows = await this.#db
      .selectFrom('receivers')
      .selectAll()
      .where('environment', '=', environment)
      .orderBy('id')
      .execute()
    return rows.map((row) => this.#receiverOf(row))
  }

  /** With the numbers of those that are phones. */
  async heads(environment: string): Promise<ReceiverHead[]> {
    const heads = await receiverHeadsIn(this.#db, environment)
    if (!heads.some(({ kind }) => PHONE_KINDS.includes(kind))) return heads
    const rows = await this.#db
      .selectFrom('receivers')
      .select(['id', 'settings_sealed'])
      .where('environment', '=', environment)
      .where('kind', 'in', PHONE_KINDS)
      .execute()
    const numbers = new Map(rows.map((row) => [row.id, this.#numbersOf(environment, row)]))
    return heads.map((head) => {
      const known = numbers.get(head.id)
      return known ? { ...head, phones: known } : head
    })
  }

  /** Undefined where a secret was altered: others can be told all the same. */
  #numbersOf(
    environment: string,
    { id, settings_sealed }: Pick<ReceiverRow, 'id' | 'settings_sealed'>,
  ): readonly string[] | undefined {
    try {
      const settings = fromJson<PhoneSettings>(
        this.#open(settings_sealed, ownerOf(environment, id)),
      )
      return settings.phones ?? (settings.phone ? [settings.phone] : [])
    } catch {
      return undefined
    }
  }

  async receiver(environment: string, id: string): Promise<StoredReceiver | undefined> {
    const row = await this.#db
      .selectFrom('receivers')
      .selectAll()
      .where('environment', '=', environment)
      .where('id', '=', id)
      .executeTakeFirst()
    return row && this.#receiverOf(row)
  }

  /** It is tried again at once, with what waits for it. Throws `StoreFailure` `gone`: no such environment. */
  async saveReceiver(receiver: Receiver, now: UnixMs): Promise<void> {
    const { environment, id, kind, name, language, timeZone, settings } = receiver
    const values = {
      ...{ kind, name, language, time_zone: timeZone, disabled_at: null, disabled_why: null },
      settings_sealed: this.#secrets.seal(JSON.stringify(settings), ownerOf(environment, id)),
    }
    await this.#db.transaction().execute(async (trx) => {
      await trx
        .insertInto('receivers')
        .values({ environment, id, ...values })
        .onConflict((conflict) => conflict.columns(['environment', 'id']).doUpdateSet(values))
        .execute()
      await trx
        .updateTable('deliveries')
        // In the order in which they were planned.
        .set({ due_at: sql<number>`case when planned_at < ${now} then planned_at else ${now} end` })
        .where('lane', '=', `${id} ${environment}`)
        // The first condition for the sake of the index `deliveries_open`.
        .where(sql<boolean>`state in ('waiting', 'sending')`)
        .where('state', '=', 'waiting')
        .execute()
    })
  }

  async removeReceiver(environment: string, id: string): Promise<boolean> {
    const { numDeletedRows } = await this.#db
      .deleteFrom('receivers')
      .where('environment', '=', environment)
      .where('id', '=', id)
      .executeTakeFirst()
    return numDeletedRows > 0n
  }

  async disableReceiver(environment: string, id: string, why: string, at: UnixMs): Promise<void> {
    await this.#db
      .updateTable('receivers')
      .set({ disabled_at: at, disabled_why: why })
      .where('environment', '=', environment)
      .where('id', '=', id)
      .execute()
  }

  #receiverOf({ settings_sealed, ...row }: ReceiverRow): StoredReceiver {
    const { environment, id, disabled_at, disabled_why } = row
    const settings = fromJson(this.#open(settings_sealed, ownerOf(environment, id)))
    const disabled = disabled_at !== null && {
      disabled: { at: disabled_at, why: disabled_why ?? '' },
    }
    return { ...headOf(row), settings, ...disabled }
  }

  #open(sealed: string, owner: string): string {
    const key = `${owner} ${sealed}`
    const known = this.#opened.get(key)
    if (known !== undefined) return known
    const opened = this.#secrets.open(sealed, owner)
    const [oldest] = this.#opened.keys()
    if (this.#opened.size >= MAX_OPENED && oldest !== undefined) this.#opened.delete(oldest)
    this.#opened.set(key, opened)
    return opened
  }
}

/** As notify has them of SMS and of calls. */
interface PhoneSettings {
  readonly phones?: readonly string[]
  readonly phone?: string
}

/** No other receiver can be given its secrets. */
function ownerOf(environment: string, id: string): string {
  return `${environment} receiver ${id}`
}

function headOf(row: Omit<ReceiverRow, 'settings_sealed'>): ReceiverHead {
  const { environment, id, kind, name, language } = row
  return { id, environment, kind, name, language, timeZone: row.time_zone }
}

export async function receiverHeadsIn(db: Database, environment: string): Promise<ReceiverHead[]> {
  const columns = ['environment', 'id', 'kind', 'name', 'language', 'time_zone'] as const
  const rows = await db
    .selectFrom('receivers')
    .select([...columns])
    .where('environment', '=', environment)
    .orderBy('id')
    .execute()
  return rows.map((row) => headOf({ ...row, disabled_at: null, disabled_why: null }))
}
