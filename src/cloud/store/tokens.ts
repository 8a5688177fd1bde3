/** API tokens: kept as hashes, each opens one environment. */
import { randomBytes } from 'node:crypto'
import type { UnixMs } from '../../model/time.ts'
import type { ApiToken, NewToken, TokenStore } from '../api/ports.ts'
import type { TokenKeys, TokenOwner, TokenScope } from '../doors/visitor/admit.ts'
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

  async createToken(environment: string, { name, scopes }: NewToken, now: UnixMs) {
    const secret = newApiToken()
    const id = randomBytes(8).toString('hex')
    const createdAt = Math.floor(now)
    const named = { environment, id, name }
    const row = { ...named, scopes: columnOf(scopes), created_at: createdAt, used_at: null }
    await this.#db
      .insertInto('tokens')
      .values({ ...row, token_hash: keyHash(secret) })
      .execute()
    return { ...named, scopes: scopesOf(row), createdAt, secret }
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
      .select(['tokens.environment', 'tokens.scopes', 'tokens.used_at', 'environments.expires_at'])
      .where('tokens.token_hash', '=', hash)
      .executeTakeFirst()
    if (!row) return undefined
    if (row.used_at === null || row.used_at <= now - USED_EVERY_MS) await this.#used(hash, now)
    return { environment: row.environment, scopes: scopesOf(row), expiresAt: row.expires_at }
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

function columnOf(scopes: readonly TokenScope[]): TokenRow['scopes'] {
  const [read, write] = [scopes.includes('read'), scopes.includes('write')]
  if (read && write) return 'read,write'
  if (read || write) return read ? 'read' : 'write'
  throw new RangeError('a token without a scope')
}

function scopesOf({ scopes }: Pick<TokenRow, 'scopes'>): readonly TokenScope[] {
  return scopes === 'read,write' ? ['read', 'write'] : [scopes]
}

function tokenOf(row: TokenRow): ApiToken {
  const { id, environment, name, created_at, used_at } = row
  return {
    id,
    environment,
    name,
    scopes: scopesOf(row),
    createdAt: created_at,
    ...(used_at !== null && { usedAt: used_at }),
  }
}
