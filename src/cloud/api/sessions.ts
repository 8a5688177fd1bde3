import { createHash } from 'node:crypto'
import type { Clock } from '../../support/clock.ts'
import { ApiFailure } from './api-failure.ts'
import { LoginThrottle } from './login-throttle.ts'
import { oneAtATime } from './one-at-a-time.ts'
import { NOBODYS_HASH, type RandomBytes, verifyPassword } from './password.ts'
import type { User, UserStore } from './ports.ts'

export const SESSION_MS = 7 * 24 * 3_600_000

export interface Credentials {
  readonly name: string
  readonly password: string
  /** Where the request came from. */
  readonly address: string
}

/** Who is logged in. The token is known to the browser only, the store keeps its hash. */
export class Sessions {
  readonly #users: UserStore
  readonly #clock: Clock
  readonly #random: RandomBytes
  readonly #throttle = new LoginThrottle()
  // Passwords are checked by the threads that also write files: many tries at once must not take all.
  readonly #inTurn = oneAtATime()

  constructor(users: UserStore, clock: Clock, random: RandomBytes) {
    this.#users = users
    this.#clock = clock
    this.#random = random
  }

  /** Throws `ApiFailure` `wrong-password` or `too-many-attempts`. */
  async open({ name, password, address }: Credentials): Promise<{ user: User; token: string }> {
    const retryAfterMs = this.#throttle.try(name, address, this.#clock.now())
    if (retryAfterMs > 0) {
      throw new ApiFailure('too-many-attempts', 'too many failed logins', { retryAfterMs })
    }
    const user = await this.#users.userByName(name)
    const right = await this.#inTurn(() =>
      verifyPassword(password, user?.passwordHash ?? NOBODYS_HASH),
    )
    if (!user || !right) throw new ApiFailure('wrong-password', 'name or password is wrong')
    this.#throttle.succeeded(name, address)
    const token = Buffer.from(this.#random(32)).toString('base64url')
    const expiresAt = Math.floor(this.#clock.now()) + SESSION_MS
    await this.#users.saveSession({ tokenHash: hashOf(token), user: user.id, expiresAt })
    return { user, token }
  }

  /** Throws `ApiFailure` `no-session`. */
  async userOf(token: string | undefined): Promise<User> {
    const user =
      token && (await this.#users.userOfSession(hashOf(token), Math.floor(this.#clock.now())))
    if (!user) throw new ApiFailure('no-session', 'log in first')
    return user
  }

  async close(token: string | undefined): Promise<void> {
    if (token) await this.#users.removeSession(hashOf(token))
  }
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}
