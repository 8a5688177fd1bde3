/** Who may log in, and who is logged in. */
import type { UnixMs } from '../../model/time.ts'
import type { User, UserStore } from '../api/ports.ts'
import type { Database, Tables } from './tables.ts'

type Session = Parameters<UserStore['saveSession']>[0]

export class Users implements UserStore {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  userByName(name: string): Promise<User | undefined> {
    return this.#userBy('name', name)
  }

  userById(id: string): Promise<User | undefined> {
    return this.#userBy('id', id)
  }

  async userCount(): Promise<number> {
    const { count } = await this.#db
      .selectFrom('users')
      .select((e) => e.fn.countAll().as('count'))
      .executeTakeFirstOrThrow()
    return Number(count)
  }

  /** Throws `StoreFailure` `conflict` when another user has the name. */
  async saveUser({ id, name, passwordHash }: User): Promise<void> {
    const values = { name, password_hash: passwordHash }
    await this.#db
      .insertInto('users')
      .values({ id, ...values })
      .onConflict((conflict) => conflict.column('id').doUpdateSet(values))
      .execute()
  }

  async saveSession({ tokenHash, user, expiresAt }: Session): Promise<void> {
    await this.#db
      .insertInto('sessions')
      .values({ token_hash: tokenHash, user_id: user, expires_at: expiresAt })
      .execute()
  }

  async userOfSession(tokenHash: string, now: UnixMs): Promise<User | undefined> {
    const row = await this.#db
      .selectFrom('sessions')
      .innerJoin('users', 'users.id', 'sessions.user_id')
      .selectAll('users')
      .where('token_hash', '=', tokenHash)
      .where('expires_at', '>', now)
      .executeTakeFirst()
    return row && userOf(row)
  }

  async removeSession(tokenHash: string): Promise<void> {
    await this.#db.deleteFrom('sessions').where('token_hash', '=', tokenHash).execute()
  }

  async #userBy(column: 'id' | 'name', value: string): Promise<User | undefined> {
    const row = await this.#db
      .selectFrom('users')
      .selectAll()
      .where(column, '=', value)
      .executeTakeFirst()
    return row && userOf(row)
  }
}

function userOf({ id, name, password_hash }: Tables['users']): User {
  return { id, name, passwordHash: password_hash }
}
