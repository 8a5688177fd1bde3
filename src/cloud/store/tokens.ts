/** API tokens: kept as hashes, each opens one environment. */
import { randomBytes } from 'node:crypto'
import type { UnixMs } from '../../model/time.ts'
import type { ApiToken, TokenStore } from '../api/ports.ts'
import type { TokenKeys, TokenOwner } from '../doors/visitor/admit.ts'
import { StoreFailure } from './failure.ts'
import { keyHash, newApiToken } from './secrets.ts'
import type { Database, TokenRow } from './tables.ts'

/** When a token was used is kept no finer: each noting is a write to the disk. */
const USED_EVERY_MS = 60_000

export class Tokens implements TokenStore, TokenKeys {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  async tokens(environment: string): Promise<ApiToken[]> {
    const rows = await this.#db
      .selectFrom('tokens')
      .selectAll()
      .where('environment', '=', environment)
      .execute()
    return rows.map(tokenOf).sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))
  }

  async createToken(environment: string, name: string, now: UnixMs) {
    const secret = newApiToken()
    const id = randomBytes(8).toString('hex')
    const createdAt = Math.floor(now)
    const row = { environment, id, name, created_at: createdAt, used_at: null }
    await this.#db
      .insertInto('tokens')
      .values({ ...row, token_hash: keyHash(secret) })
      .execute()
    return { id, environment, name, createdAt, secret }
  }

  async removeToken(environment: string, id: string): Promise<boolean> {
    const { numDeletedRows } = await this.#db
      .deleteFrom('tokens')
      .where('environment', '=', environment)
      .where('id', '=', id)
      .executeTakeFirst()
    return numDeletedRows > 0n
  }

  async ownerOf(token: string, now: UnixMs): Promise<TokenOwner | undefined> {
    const hash = keyHash(token)
    const row = await this.#db
      .selectFrom('tokens')
      .innerJoin('environments', 'environments.id', 'tokens.environment')
      .select(['tokens.environment', 'tokens.used_at', 'environments.expires_at'])
      .where('tokens.token_hash', '=', hash)
      .executeTakeFirst()
    if (!row) return undefined
    if (row.used_at === null || row.used_at <= now - USED_EVERY_MS) await this.#used(hash, now)
    return { environment: row.environment, expiresAt: row.expires_at }
  }

  async #used(hash: string, now: UnixMs): Promise<void> {
    try {
      await this.#db
        .updateTable('tokens')
        .set({ used_at: Math.floor(now) })
        .where('token_hash', '=', hash)
        .execute()
    } catch (error) {
      // A full disk keeps nobody from reading.
      if (!(error instanceof StoreFailure)) throw error
    }
  }
}

function tokenOf({ id, environment, name, created_at, used_at }: TokenRow): ApiToken {
  return {
    id,
    environment,
    name,
    createdAt: created_at,
    ...(used_at !== null && { usedAt: used_at }),
  }
}
