/** Environments and their keys. Everything else belongs to one, and is removed with it. */
import type { UnixMs } from '../../model/time.ts'
import type {
  Agent,
  EnvironmentStore,
  EnvironmentWithKey,
  NewEnvironment,
  RetentionDays,
} from '../api/ports.ts'
import type { EnvironmentKeys } from '../ingest/ports.ts'
import type { Language } from '../notify/ports.ts'
import { agentsIn } from './agents.ts'
import { keyHash, newEnvironmentId, newEnvKey, type Secrets } from './secrets.ts'
import type { Database, EnvironmentRow } from './tables.ts'

/** What a new environment's expiry is set to: shown, not enforced. */
const LIFETIME_MS = 10 * 365 * 86_400_000

export class Environments implements EnvironmentStore, EnvironmentKeys {
  readonly #db: Database
  readonly #secrets: Secrets

  constructor(db: Database, secrets: Secrets) {
    this.#db = db
    this.#secrets = secrets
  }

  async createEnvironment(
    { name, framework, language = 'zh' }: NewEnvironment,
    now: UnixMs,
  ): Promise<EnvironmentWithKey> {
    const id = newEnvironmentId()
    const createdAt = Math.floor(now)
    const row = {
      id,
      name,
      framework,
      created_at: createdAt,
      expires_at: createdAt + LIFETIME_MS,
      retention_days: null,
      hourly_retention_days: null,
      ...this.#newKey(id),
    }
    await this.#db.transaction().execute(async (trx) => {
      await trx.insertInto('environments').values(row).execute()
      await trx.insertInto('policies').values(defaultPolicy(id, language)).execute()
    })
    return this.#environmentOf(row)
  }

  /** Oldest first. */
  async environments(): Promise<EnvironmentWithKey[]> {
    const rows = await this.#db
      .selectFrom('environments')
      .selectAll()
      .orderBy('created_at')
      .orderBy('id')
      .execute()
    return rows.map((row) => this.#environmentOf(row))
  }

  async environment(id: string): Promise<EnvironmentWithKey | undefined> {
    const row = await this.#db
      .selectFrom('environments')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst()
    return row && this.#environmentOf(row)
  }

  async rotateKey(id: string): Promise<EnvironmentWithKey | undefined> {
    const row = await this.#db
      .updateTable('environments')
      .set(this.#newKey(id))
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirst()
    return row && this.#environmentOf(row)
  }

  async setRetention(
    id: string,
    { rawDays, hourlyDays }: RetentionDays,
  ): Promise<EnvironmentWithKey | undefined> {
    const row = await this.#db
      .updateTable('environments')
      .set({ retention_days: rawDays, hourly_retention_days: hourlyDays })
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirst()
    return row && this.#environmentOf(row)
  }

  async removeEnvironment(id: string): Promise<boolean> {
    const { numDeletedRows } = await this.#db
      .deleteFrom('environments')
      .where('id', '=', id)
      .executeTakeFirst()
    return numDeletedRows > 0n
  }

  async agents(environment: string): Promise<Agent[]> {
    return agentsIn(this.#db, environment)
  }

  async environmentOf(envKey: string): Promise<string | undefined> {
    const row = await this.#db
      .selectFrom('environments')
      .select('id')
      .where('key_hash', '=', keyHash(envKey))
      .executeTakeFirst()
    return row?.id
  }

  #newKey(id: string) {
    const envKey = newEnvKey()
    return { key_hash: keyHash(envKey), key_sealed: this.#secrets.seal(envKey, id) }
  }

  #environmentOf(row: EnvironmentRow): EnvironmentWithKey {
    const { id, name, framework, created_at, expires_at, key_sealed } = row
    const envKey = this.#secrets.open(key_sealed, id)
    const retention = { rawDays: row.retention_days, hourlyDays: row.hourly_retention_days }
    return { id, name, framework, createdAt: created_at, expiresAt: expires_at, envKey, retention }
  }
}

/** As `notify/policy.ts` knows it. */
const DEFAULT_POLICY = { zh: '默认通知', en: 'Default' } as const

/** Everything to everybody, until somebody says otherwise. */
function defaultPolicy(environment: string, language: Language) {
  return {
    environment,
    id: 'default',
    name: DEFAULT_POLICY[language],
    services: JSON.stringify(['*']),
    contacts: JSON.stringify('all'),
    settings: null,
  }
}
