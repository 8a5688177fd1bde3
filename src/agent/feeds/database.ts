/**
 * The feed of the framework's own database: notifies by id, and, where told so, the rows of tarsstat
 * and tarsproperty. It only reads, over one connection, and no query takes long.
 */
import type { FeedStatus } from '../../model/polled.ts'
import { backoffMs } from '../../support/backoff.ts'
import type { Clock } from '../../support/clock.ts'
import type { Log } from '../../support/log.ts'
import { BucketReader } from './database-buckets.ts'
import { NotifyReader } from './database-notify.ts'
import { PROPERTY_ROWS, STAT_ROWS } from './database-rows.ts'
import { DatabaseError } from './database-session.ts'
import { DatabaseSessions } from './database-sessions.ts'
import { troubleOf } from './database-trouble.ts'
import type { FrameworkDb, HourTables } from './framework-db.ts'
import type { PolledIntake, PollingFeed } from './polling-feed.ts'
import { Titles } from './titles.ts'

export interface DatabaseFeedOptions {
  /** Asked before the first connection, and again after each failure. Rejects with a `FrameworkDbError`. */
  readonly credentials: () => Promise<FrameworkDb>
  readonly clock: Clock
  readonly log: Log
  readonly intake: PolledIntake
  /** Whether call statistics or properties are read here, not by the query feed. */
  readonly reads: (kind: 'stat' | 'property') => boolean
  /** Those of the subscribe feed: a title is the same whoever reads it. */
  readonly titles?: Titles
  /** Number of the next reading, when another feed of this agent reads the same in turn. */
  readonly nextRead?: () => number
}

const PATIENCE = { baseMs: 5_000, maxMs: 60_000 }

/** One thing that is read, with troubles of its own. */
interface Part {
  readonly name: 'notify' | 'stat' | 'property'
  readonly isWanted: () => boolean
  /** Whether there is more to read at once. */
  readonly round: (framework: FrameworkDb, term: number) => Promise<boolean>
  /** '' when it went well. */
  trouble: string
  hasMore: boolean
  failures: number
  notBeforeMs: number
}

export class DatabaseFeed implements PollingFeed {
  readonly name = 'database'
  readonly everyMs = 5_000
  readonly #options: DatabaseFeedOptions
  readonly #sessions: DatabaseSessions
  readonly #notifies: NotifyReader
  readonly #stats: BucketReader
  readonly #properties: BucketReader
  readonly #parts: readonly Part[]
  #hasBegun = false
  #isClosed = false

  constructor(options: DatabaseFeedOptions) {
    const { clock, log, intake, titles = new Titles() } = options
    this.#options = options
    this.#sessions = new DatabaseSessions(options.credentials)
    const event = intake.event.bind(intake)
    this.#notifies = new NotifyReader({ clock, log, titles, event })
    let reads = 0
    const buckets = {
      session: (tables: HourTables) => this.#sessions.of(tables),
      span: intake.span.bind(intake),
      nextRead: options.nextRead ?? (() => ++reads),
    }
    this.#stats = new BucketReader({ ...buckets, kind: STAT_ROWS })
    this.#properties = new BucketReader({ ...buckets, kind: PROPERTY_ROWS })
    this.#parts = this.#partsOf(options.reads)
  }

  async poll(term: number): Promise<void> {
    this.#hasBegun = true
    for (const part of this.#wanted()) {
      if (this.#isClosed) return
      if (this.#options.clock.now() >= part.notBeforeMs) await this.#run(part, term)
    }
  }

  status(): FeedStatus {
    const readers = [this.#notifies, this.#stats, this.#properties]
    return {
      feed: this.name,
      ...this.#state(),
      reachedMs: Math.max(...readers.map(({ reachedMs }) => reachedMs)),
      records: readers.reduce((sum, { records }) => sum + records, 0),
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#sessions.close()
  }

  #state(): Pick<FeedStatus, 'state' | 'why'> {
    if (!this.#hasBegun) return { state: 'off', why: 'not asked to read yet' }
    const wanted = this.#wanted()
    const troubled = wanted.filter(({ trouble }) => trouble !== '')
    const whys = troubled.map(({ name, trouble }) => `${name}: ${trouble}`)
    whys.push(...[this.#stats.note, this.#properties.note].filter((note) => note !== ''))
    if (wanted.some(({ hasMore }) => hasMore)) whys.push('there is more to read')
    if (whys.length === 0) return { state: 'ok', why: '' }
    return { state: troubled.length === wanted.length ? 'off' : 'behind', why: whys.join('; ') }
  }

  #partsOf(reads: DatabaseFeedOptions['reads']): readonly Part[] {
    const [stats, properties] = [this.#stats, this.#properties]
    return [
      part(
        'notify',
        () => true,
        (db, term) => this.#readNotifies(db, term),
      ),
      part(
        'stat',
        () => reads('stat'),
        ({ statDbs }, term) => stats.round(statDbs, term),
      ),
      part(
        'property',
        () => reads('property'),
        ({ propertyDbs }, term) => properties.round(propertyDbs, term),
      ),
    ]
  }

  #wanted(): readonly Part[] {
    return this.#parts.filter(({ isWanted }) => isWanted())
  }

  async #run(part: Part, term: number): Promise<void> {
    try {
      part.hasMore = await part.round(await this.#sessions.framework(), term)
      this.#tell(part, '')
      part.failures = 0
    } catch (error) {
      const trouble = troubleOf(error, this.#sessions.source)
      // A missing table or a slow query says nothing against the connection.
      const works = error instanceof DatabaseError && !['lost', 'denied'].includes(error.reason)
      if (!works) this.#sessions.reset()
      part.failures++
      part.notBeforeMs = this.#options.clock.now() + backoffMs(part.failures, PATIENCE)
      this.#tell(part, trouble)
    }
  }

  /** When it changes, not each time. */
  #tell(part: Part, trouble: string): void {
    const { log } = this.#options
    if (part.trouble === trouble || this.#isClosed) return
    part.trouble = trouble
    if (trouble === '') log.info({ part: part.name }, 'database: reads again')
    else log.warn({ part: part.name, trouble }, 'database: cannot read')
  }

  async #readNotifies({ db }: FrameworkDb, term: number): Promise<boolean> {
    return this.#notifies.round(await this.#sessions.of(db), db.database, term)
  }
}

function part(name: Part['name'], isWanted: Part['isWanted'], round: Part['round']): Part {
  return { name, isWanted, round, trouble: '', hasMore: false, failures: 0, notBeforeMs: 0 }
}
