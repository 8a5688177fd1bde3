/** One connection to the framework's MySQL or MariaDB: it only reads, and nothing takes long. */
import { connect, type Socket } from 'node:net'
import { type Connection, createConnection } from 'mysql2/promise'
import { systemClock } from '../../support/clock.ts'
import { Failure, messageOf } from '../../support/failure.ts'
import type { DbPlace } from './framework-db.ts'

/**
 * `denied`: the user may not; `missing`: no such database, table or column; `slow`: the server has
 * broken the query off; `lost`: no connection.
 */
export type DatabaseReason = 'denied' | 'missing' | 'slow' | 'lost' | 'failed'

/** Who was asked as whom. */
export type DbServer = Pick<DbPlace, 'host' | 'port' | 'user'>

/** The message never has a password in it. */
export class DatabaseError extends Failure<DatabaseReason> {
  readonly server: DbServer

  constructor(reason: DatabaseReason, message: string, server: DbServer, cause?: unknown) {
    super(reason, message, { retryable: reason === 'lost', cause })
    this.server = server
  }
}

/** Numbers as numbers, times and bytes as text. */
export type Row = Readonly<Record<string, unknown>>

export interface SessionLimits {
  readonly connectMs: number
  /** The server breaks a query off after this, … */
  readonly queryMs: number
  /** … and a server that does not answer at all is left after this. */
  readonly answerMs: number
}

const LIMITS: SessionLimits = { connectMs: 5_000, queryMs: 8_000, answerMs: 10_000 }

/** How values come. The time to connect is ours to bound. */
const FORMS = {
  charset: 'utf8mb4',
  dateStrings: true,
  supportBigNumbers: true,
  connectTimeout: 0,
} as const

export class ReadOnlySession {
  readonly server: DbServer
  readonly #connection: Connection
  readonly #socket: Socket
  readonly #limits: SessionLimits
  /** Queries under way. */
  #asked = 0

  private constructor(
    server: DbServer,
    [connection, socket]: readonly [Connection, Socket],
    limits: SessionLimits,
  ) {
    this.server = server
    this.#connection = connection
    this.#socket = socket
    this.#limits = limits
  }

  /** @throws {DatabaseError} */
  static async open(
    { host, port, user, password }: DbPlace,
    limits = LIMITS,
  ): Promise<ReadOnlySession> {
    const socket = connect({ host, port, keepAlive: true, noDelay: true })
    const cancel = systemClock.after(limits.connectMs, () => {
      socket.destroy(noAnswer(limits.connectMs))
    })
    try {
      const connection = await createConnection({ ...FORMS, stream: socket, user, password })
      // Of a connection that breaks while nobody asks: the next question tells.
      connection.on('error', () => {})
      const session = new ReadOnlySession({ host, port, user }, [connection, socket], limits)
      await session.#begin()
      return session
    } catch (error) {
      socket.destroy()
      throw databaseError(error, { host, port, user })
    } finally {
      cancel()
    }
  }

  /** Whether it can be asked, as far as is known. */
  get isOpen(): boolean {
    return !this.#socket.destroyed && !this.#socket.readableEnded
  }

  /** All rows of a query that has a LIMIT. @throws {DatabaseError} */
  async rows(sql: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
    const { answerMs } = this.#limits
    const cancel = systemClock.after(answerMs, () => this.#socket.destroy(noAnswer(answerMs)))
    this.#asked++
    try {
      const [rows] = await this.#connection.query(sql, [...values])
      return rows as readonly Row[]
    } catch (error) {
      throw databaseError(error, this.server)
    } finally {
      this.#asked--
      cancel()
    }
  }

  /** A query under way fails. */
  close(): void {
    if (this.#asked > 0) {
      this.#socket.destroy()
      return
    }
    // With a goodbye: else servers log an aborted connection.
    this.#connection.end().catch(() => {})
    this.#socket.unref()
  }

  async #begin(): Promise<void> {
    await this.rows('set session transaction read only')
    // With autocommit off by default, a session would see for ever what its first query saw.
    await this.rows('set session autocommit = 1')
    const [about] = await this.rows('select version() as version limit 1')
    const { queryMs } = this.#limits
    const isMariaDb = String(about?.version).includes('MariaDB')
    try {
      if (isMariaDb) await this.rows(`set session max_statement_time = ${queryMs / 1000}`)
      else await this.rows(`set session max_execution_time = ${queryMs}`)
    } catch (error) {
      // Before MySQL 5.7.8 there is none: ours has to do.
      if (numberOf(error) !== UNKNOWN_VARIABLE) throw error
    }
  }
}

function noAnswer(afterMs: number): Error {
  return Object.assign(new Error(`no answer in ${afterMs / 1000} s`), { code: 'ETIMEDOUT' })
}

/** What servers say, by number: not every driver knows the names of both MySQL and MariaDB. */
const REASONS: ReadonlyMap<number, DatabaseReason> = new Map([
  // The host, the user, the database, the table, the column, the account; too many errors from us.
  ...[1130, 1045, 1698, 1044, 1142, 1143, 3118, 4151, 1129].map((n) => [n, 'denied'] as const),
  // No table, database, column.
  ...[1146, 1049, 1054].map((n) => [n, 'missing'] as const),
  // `max_statement_time` of MariaDB, `max_execution_time` of MySQL, a query that an operator killed.
  ...[1969, 3024, 1317].map((n) => [n, 'slow'] as const),
  // Too many connections, of all and of us; shut down, killed.
  ...[1040, 1203, 1053, 1927].map((n) => [n, 'lost'] as const),
])

const UNKNOWN_VARIABLE = 1193

function databaseError(error: unknown, server: DbServer): DatabaseError {
  if (error instanceof DatabaseError) return error
  const number = numberOf(error)
  // What the server says of itself has a number; all else is about the connection.
  const reason = REASONS.get(number) ?? (number > 0 ? 'failed' : 'lost')
  return new DatabaseError(reason, messageOf(error), server, error)
}

/** Of an error the server answered with; 0 or less of any other. */
function numberOf(error: unknown): number {
  if (error instanceof DatabaseError) return numberOf(error.cause)
  const number = typeof error === 'object' && error !== null && 'errno' in error ? error.errno : 0
  return typeof number === 'number' ? number : 0
}
