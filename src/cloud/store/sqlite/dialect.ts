/** kysely over `node:sqlite`: the built-in driver fed with the shape of `better-sqlite3`. */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import {
  type Driver,
  type SqliteDatabase,
  SqliteDialect,
  type SqliteDialectConfig,
  SqliteDriver,
  type SqliteStatement,
} from 'kysely'
import { toColumn } from '../column.ts'
import { guarded } from './sqlite-error.ts'

/** Statements kept compiled; the hot ones are a dozen, the rest differ in their number of rows. */
const MAX_STATEMENTS = 100

/**
 * kysely takes turns on the one connection: a transaction holds it until it ends, so nothing comes
 * between its statements. Never use the store itself inside a transaction: it would wait for itself.
 */
export class NodeSqliteDialect extends SqliteDialect {
  readonly #driver: () => Driver

  constructor(database: DatabaseSync) {
    const config = { database: adapted(database) }
    super(config)
    this.#driver = () => new NodeSqliteDriver(config, database)
  }

  override createDriver(): Driver {
    return this.#driver()
  }
}

class NodeSqliteDriver extends SqliteDriver {
  readonly #database: DatabaseSync

  constructor(config: SqliteDialectConfig, database: DatabaseSync) {
    super(config)
    this.#database = database
  }

  // Takes the write lock at once: a lock taken later fails when another process wrote in between.
  override async beginTransaction(): Promise<void> {
    guarded(() => this.#database.exec('begin immediate'))
  }

  // After a full disk SQLite has rolled back itself; a second rollback would hide the cause.
  override async rollbackTransaction(): Promise<void> {
    if (this.#database.isTransaction) guarded(() => this.#database.exec('rollback'))
  }
}

function adapted(database: DatabaseSync): SqliteDatabase {
  const statements = new Map<string, StatementSync>()
  return {
    close: () => database.close(),
    prepare(text) {
      const statement = statements.get(text) ?? guarded(() => database.prepare(text))
      statements.delete(text)
      statements.set(text, statement)
      const [oldest] = statements.keys()
      if (statements.size > MAX_STATEMENTS && oldest !== undefined) statements.delete(oldest)
      return adaptedStatement(statement)
    },
  }
}

function adaptedStatement(statement: StatementSync): SqliteStatement {
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => guarded(() => statement.all(...parameters.map(toColumn))),
    run: (parameters) => guarded(() => statement.run(...parameters.map(toColumn))),
    iterate: (parameters) => guarded(() => statement.iterate(...parameters.map(toColumn))),
  }
}
