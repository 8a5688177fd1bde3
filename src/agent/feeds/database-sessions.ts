/** The sessions of a round: one a server and user, opened when first asked, kept while they work. */
import { ReadOnlySession } from './database-session.ts'
import type { DbPlace, FrameworkDb } from './framework-db.ts'

export class DatabaseSessions {
  readonly #ask: () => Promise<FrameworkDb>
  readonly #sessions = new Map<string, ReadOnlySession>()
  #known: FrameworkDb | undefined
  #isClosed = false

  /** `ask` is asked again after {@link reset}: what it said may have changed. */
  constructor(ask: () => Promise<FrameworkDb>) {
    this.#ask = ask
  }

  /** What was said last. */
  get source(): FrameworkDb['source'] | undefined {
    return this.#known?.source
  }

  /** @throws whatever is thrown by who is asked */
  async framework(): Promise<FrameworkDb> {
    this.#known ??= await this.#ask()
    return this.#known
  }

  /** @throws {DatabaseError} */
  async of(place: DbPlace): Promise<ReadOnlySession> {
    const id = `${place.user}@${place.host}:${place.port}`
    const known = this.#sessions.get(id)
    if (known?.isOpen) return known
    const session = await ReadOnlySession.open(place)
    this.#sessions.set(id, session)
    if (this.#isClosed) this.reset()
    return session
  }

  /** Queries under way fail. */
  reset(): void {
    for (const session of this.#sessions.values()) session.close()
    this.#sessions.clear()
    this.#known = undefined
  }

  /** For good. */
  close(): void {
    this.#isClosed = true
    this.reset()
  }
}
