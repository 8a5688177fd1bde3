/** Reads `db_tars.t_server_notifys` by id: every row once, in order, whatever happens in between. */
import type { NotifyEvent } from '../../model/event.ts'
import type { UnixMs } from '../../model/time.ts'
import type { Clock } from '../../support/clock.ts'
import type { Log } from '../../support/log.ts'
import { eventOfStored } from './database-notify-row.ts'
import { MAX_ROWS, type NotifyRow, NotifyTable } from './database-notify-table.ts'
import type { ReadOnlySession } from './database-session.ts'
import { type EventIntake, handOn } from './stored-feed.ts'
import type { Progress } from './stored-parts.ts'

/** The first round under a lease begins here: the cloud knows which rows it has. */
const FIRST_REACH_MS = 600_000
/** An agent that had the lease before goes on where it stopped, at most this far back. */
const MAX_REACH_MS = 24 * 3_600_000
const MAX_PAGES = 10
/** A row may be committed after one with a higher id: ids that were left out are looked for so long, … */
const GAP_MS = 30_000
/** … and so many of them. */
const MAX_GAPS = MAX_ROWS

export interface NotifyReaderOptions extends EventIntake {
  readonly clock: Clock
  readonly log: Log
}

/** Where a lease has come to. */
interface Cursor {
  readonly term: number
  lastId: number
  /** Ids below it that were not there: when that was seen. */
  readonly gaps: Map<number, UnixMs>
}

export class NotifyReader implements Progress {
  records = 0
  reachedMs: UnixMs = 0
  readonly note = ''
  readonly #options: NotifyReaderOptions
  #cursor: Cursor | undefined
  /** When all there was had been read last. */
  #upToMs: UnixMs | undefined

  constructor(options: NotifyReaderOptions) {
    this.#options = options
  }

  /**
   * Hands on what is new. Returns whether there is more.
   * @throws {DatabaseError} or what the intake rejects with: the next round goes on there
   */
  async round(session: ReadOnlySession, database: string, term: number): Promise<boolean> {
    const now = this.#options.clock.now()
    const table = await NotifyTable.of(session, database)
    const newestId = await table.newestId()
    if (this.#cursor && newestId < this.#cursor.lastId) {
      this.#options.log.warn(
        { newestId, lastId: this.#cursor.lastId },
        't_server_notifys: ids start anew',
      )
      this.#cursor = undefined
    }
    const fromMs = Math.max(Math.min(now - FIRST_REACH_MS, this.#upToMs ?? now), now - MAX_REACH_MS)
    if (this.#cursor?.term !== term) {
      const firstId = await table.firstIdSince(fromMs)
      this.#cursor = { term, lastId: (firstId ?? newestId + 1) - 1, gaps: new Map() }
    }
    return this.#read(table, this.#cursor, newestId)
  }

  async #read(table: NotifyTable, cursor: Cursor, newestId: number): Promise<boolean> {
    const now = this.#options.clock.now()
    if (cursor.gaps.size > 0) {
      await this.#handOn(await table.rowsOf([...cursor.gaps.keys()]), cursor)
      for (const [id, seenMs] of cursor.gaps) if (seenMs + GAP_MS < now) cursor.gaps.delete(id)
    }
    for (let page = 0; page < MAX_PAGES; page++) {
      if (cursor.lastId >= newestId) break
      const rows = await table.rowsAfter(cursor.lastId)
      await this.#handOn(rows, cursor)
      if (rows.length < MAX_ROWS) break
    }
    const hasMore = cursor.lastId < newestId
    if (!hasMore) this.#upToMs = now
    return hasMore
  }

  /** What was handed on is behind the cursor, also when the rest fails. */
  async #handOn(rows: readonly NotifyRow[], cursor: Cursor): Promise<void> {
    const { clock } = this.#options
    const notifies = rows.map((row) => ({ id: row.id, event: eventOf(row, clock.now()) }))
    await handOn(notifies, this.#options, ({ id, event }) => {
      this.records++
      this.reachedMs = Math.max(this.reachedMs, event.at)
      pass(cursor, id, clock.now())
    })
  }
}

function pass(cursor: Cursor, id: number, now: UnixMs): void {
  const { gaps, lastId } = cursor
  gaps.delete(id)
  if (id <= lastId) return
  for (let gap = Math.max(lastId + 1, id - MAX_GAPS); gap < id; gap++) gaps.set(gap, now)
  for (const gap of gaps.keys()) {
    if (gaps.size <= MAX_GAPS) break
    gaps.delete(gap)
  }
  cursor.lastId = id
}

/** A database's clock that is ahead makes no news of the future. */
function eventOf({ id, stored }: NotifyRow, now: UnixMs): NotifyEvent {
  return { ...eventOfStored({ ...stored, at: Math.min(stored.at, now) }), row: id }
}
