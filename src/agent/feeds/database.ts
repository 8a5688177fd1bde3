/**
 * The feed of the framework's own database: notifies by id, and, where told so, the rows of tarsstat
 * and tarsproperty. It only reads, over one connection, and no query takes long.
 */
import type { FeedStatus } from '../../model/polled.ts'
import { HourTablesSource } from './database-hour-tables.ts'
import { NotifyReader } from './database-notify.ts'
import { DatabaseError } from './database-session.ts'
import { DatabaseSessions } from './database-sessions.ts'
import { troubleOf } from './database-trouble.ts'
import type { FrameworkDb } from './framework-db.ts'
import type { PollingFeed } from './polling-feed.ts'
import { bucketPart, type StoredFeedOptions } from './stored-feed.ts'
import { type PartPlan, Parts } from './stored-parts.ts'
import { PROPERTY_ROWS, STAT_ROWS } from './stored-rows.ts'

export interface DatabaseFeedOptions extends StoredFeedOptions {
  /** Asked before the first connection, and again after each failure. Rejects with a `FrameworkDbError`. */
  readonly credentials: () => Promise<FrameworkDb>
}

export class DatabaseFeed implements PollingFeed {
  readonly name = 'database'
  readonly everyMs = 5_000
  readonly #sessions: DatabaseSessions
  readonly #parts: Parts

  constructor(options: DatabaseFeedOptions) {
    const { clock, log } = options
    this.#sessions = new DatabaseSessions(options.credentials)
    const parts = [this.#notifies(options), ...this.#buckets(options)]
    this.#parts = new Parts({ parts, clock, log, failed: (error) => this.#failed(error) })
  }

  poll(term: number): Promise<void> {
    return this.#parts.poll(term)
  }

  status(): FeedStatus {
    return { feed: this.name, ...this.#parts.status() }
  }

  async close(): Promise<void> {
    this.#parts.stop()
    this.#sessions.close()
  }

  #notifies({ clock, log, intake, titles }: DatabaseFeedOptions): PartPlan {
    const event = intake.event.bind(intake)
    const reader = new NotifyReader({ clock, log, titles, event })
    const round = async (term: number) => {
      const { db } = await this.#sessions.framework()
      return reader.round(await this.#sessions.of(db), db.database, term)
    }
    return { name: 'notify', isWanted: () => true, progress: reader, round }
  }

  #buckets(options: DatabaseFeedOptions): PartPlan[] {
    return [STAT_ROWS, PROPERTY_ROWS].map((rows) => {
      const source = new HourTablesSource({
        dbs: async () => {
          const { statDbs, propertyDbs } = await this.#sessions.framework()
          return rows.kind === 'stat' ? statDbs : propertyDbs
        },
        session: (tables) => this.#sessions.of(tables),
      })
      return bucketPart(rows, source, options)
    })
  }

  #failed(error: unknown): string {
    const trouble = troubleOf(error, this.#sessions.source)
    // A missing table or a slow query says nothing against the connection.
    const isOut = error instanceof DatabaseError && ['lost', 'denied'].includes(error.reason)
    if (isOut) this.#sessions.reset()
    return trouble
  }
}
