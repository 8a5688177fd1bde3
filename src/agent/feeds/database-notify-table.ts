/** `db_tars.t_server_notifys` as this framework has it: old ones lack columns. */
import type { UnixMs } from '../../model/time.ts'
import type { StoredNotify } from './database-notify-row.ts'
import { DatabaseError, type ReadOnlySession, type Row } from './database-session.ts'

/** Of one query. */
export const MAX_ROWS = 1_000

const TABLE = 't_server_notifys'

export interface NotifyRow {
  readonly id: number
  readonly stored: StoredNotify
}

const COLUMNS = [
  'application',
  'server_name',
  'node_name',
  'set_name',
  'set_area',
  'set_group',
  'server_id',
  'command',
  'result',
]

export class NotifyTable {
  static readonly #known = new WeakMap<ReadOnlySession, NotifyTable>()
  readonly #session: ReadOnlySession
  readonly #name: string
  readonly #select: string

  /** Looked at once a connection. @throws {DatabaseError} */
  static async of(session: ReadOnlySession, database: string): Promise<NotifyTable> {
    const known = NotifyTable.#known.get(session)
    if (known) return known
    const rows = await session.rows(
      'select column_name as name from information_schema.columns' +
        ' where table_schema = ? and table_name = ? limit 100',
      [database, TABLE],
    )
    const columns = new Set(rows.map(({ name }) => String(name).toLowerCase()))
    const lacks = ['id', 'result', 'notifytime'].find((name) => !columns.has(name))
    if (columns.size === 0 || lacks !== undefined) {
      const what = columns.size === 0 ? 'no table' : `no column ${lacks} in`
      throw new DatabaseError('missing', `${what} ${database}.${TABLE}`, session.server)
    }
    const table = new NotifyTable(session, `\`${database}\`.${TABLE}`, columns)
    NotifyTable.#known.set(session, table)
    return table
  }

  private constructor(session: ReadOnlySession, name: string, columns: ReadonlySet<string>) {
    const present = COLUMNS.filter((column) => columns.has(column))
    this.#session = session
    this.#name = name
    // notifytime is the database's now() in the database's zone, which is this session's.
    this.#select = `select id, unix_timestamp(notifytime) as notified, ${present.join(', ')} from ${name}`
  }

  /** 0 of an empty table. */
  async newestId(): Promise<number> {
    const [row] = await this.#session.rows(`select max(id) as id from ${this.#name} limit 1`)
    return Number(row?.id ?? 0)
  }

  async firstIdSince(fromMs: UnixMs): Promise<number | undefined> {
    const [row] = await this.#session.rows(
      `select min(id) as id from ${this.#name} where notifytime >= from_unixtime(?) limit 1`,
      [Math.floor(fromMs / 1000)],
    )
    return row?.id === null || row?.id === undefined ? undefined : Number(row.id)
  }

  /** The next, at most {@link MAX_ROWS}. */
  rowsAfter(id: number): Promise<readonly NotifyRow[]> {
    return this.#rows(`${this.#select} where id > ? order by id limit ${MAX_ROWS}`, [id])
  }

  /** Those that are there, of at most {@link MAX_ROWS}. */
  rowsOf(ids: readonly number[]): Promise<readonly NotifyRow[]> {
    return this.#rows(`${this.#select} where id in (?) order by id limit ${MAX_ROWS}`, [ids])
  }

  async #rows(sql: string, values: readonly unknown[]): Promise<readonly NotifyRow[]> {
    return (await this.#session.rows(sql, values)).map(rowOf)
  }
}

function rowOf(row: Row): NotifyRow {
  const [, app = '', server = '', node = ''] =
    /^([^.]*)\.([^_]*)_(.*)$/.exec(text(row.server_id)) ?? []
  const set = [row.set_name, row.set_area, row.set_group].map(text).filter((part) => part !== '')
  const stored = {
    at: Number(row.notified ?? Number.POSITIVE_INFINITY) * 1000,
    application: text(row.application ?? app),
    server: text(row.server_name ?? server),
    node: text(row.node_name) || node,
    set: set.join('.'),
    level: text(row.command),
    text: text(row.result),
  }
  return { id: Number(row.id), stored }
}

function text(value: unknown): string {
  return value === null || value === undefined ? '' : String(value)
}
