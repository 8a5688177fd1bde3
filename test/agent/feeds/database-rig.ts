/** A database feed on a real MariaDB, with what it handed on. */
import assert from 'node:assert/strict'
import { DatabaseFeed } from '../../../src/agent/feeds/database.ts'
import { type FrameworkDb, frameworkDbOfUrl } from '../../../src/agent/feeds/framework-db.ts'
import { Titles } from '../../../src/agent/feeds/titles.ts'
import type { NotifyEvent } from '../../../src/model/event.ts'
import type { PolledSpan } from '../../../src/model/polled.ts'
import type { UnixMs } from '../../../src/model/time.ts'
import { silentLog } from '../../../src/support/log.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import type { MariaDb } from '../../support/mariadb.ts'
import { counter } from '../support/counter.ts'

/** When the dumps in `test/fixtures/db` were made. */
export const DUMPED_AT = Date.UTC(2026, 10, 21, 3, 4)
export const PASSWORD = 'tars2015/s3cret'

let made = 0

export class DatabaseRig {
  readonly clock: FakeClock
  readonly feed: DatabaseFeed
  readonly events: NotifyEvent[] = []
  readonly spans: PolledSpan[] = []
  /** Names of the three databases: each rig has its own. */
  readonly names: { readonly db: string; readonly stat: string; readonly property: string }
  readonly reads = new Set<'stat' | 'property'>()
  readonly server: MariaDb
  password = PASSWORD
  /** Rejects what is handed on while set. */
  refuses: Error | undefined

  constructor(server: MariaDb, at: UnixMs = DUMPED_AT) {
    const number = ++made
    this.server = server
    this.clock = new FakeClock(at)
    this.names = { db: `db${number}`, stat: `stat${number}`, property: `property${number}` }
    this.feed = new DatabaseFeed({
      credentials: async () => this.framework,
      clock: this.clock,
      log: silentLog,
      intake: {
        event: async (event) => void this.#take(this.events, event),
        span: async (span) => void this.#take(this.spans, span),
      },
      reads: (kind) => this.reads.has(kind),
      titles: new Titles(),
      nextRead: counter(),
    })
  }

  get framework(): FrameworkDb {
    const { port } = this.server
    const password = encodeURIComponent(this.password)
    const url = frameworkDbOfUrl(`mysql://tars:${password}@127.0.0.1:${port}`)
    const { db, stat, property } = this.names
    return {
      db: { ...url.db, database: db },
      statDbs: url.statDbs.map((each) => ({ ...each, database: stat })),
      propertyDbs: url.propertyDbs.map((each) => ({ ...each, database: property })),
      source: 'template',
    }
  }

  /** Rows handed on, in order. */
  get rows(): (number | undefined)[] {
    return this.events.map(({ row }) => row)
  }

  async load(): Promise<void> {
    await this.server.load('t_server_notifys.sql', this.names.db)
  }

  /** A round of the feed, some time after the one before. */
  async round({ term = 1, afterMs = 5_000 } = {}): Promise<void> {
    this.clock.advance(afterMs)
    await this.feed.poll(term)
  }

  /** A row written now. Returns its id. */
  async notify(text: string, id: number | null = null): Promise<number> {
    await this.server.sql(
      `insert into ${this.names.db}.t_server_notifys (id, application, server_name, node_name, command,` +
        ` result, notifytime) values (?, 'App', 'Server', 'node', '[error]', ?, from_unixtime(?))`,
      [id, text, Math.floor(this.clock.now() / 1000)],
    )
    const [row] = await this.server.sql(
      `select max(id) as id from ${this.names.db}.t_server_notifys`,
    )
    return id ?? Number(row?.id)
  }

  assertOk(): void {
    const { state, why } = this.feed.status()
    assert.deepEqual({ state, why }, { state: 'ok', why: '' })
  }

  #take<T>(list: T[], value: T): void {
    if (this.refuses) throw this.refuses
    list.push(value)
  }
}

/** The user of the framework, with all rights: it is the session that must not write. */
export async function createUser(server: MariaDb): Promise<void> {
  await server.sql(`grant all on *.* to 'tars'@'127.0.0.1' identified by '${PASSWORD}'`)
}
