/**
 * Reads the hour tables of tarsstat or tarsproperty bucket by bucket, as soon as `t_ecstatus` says that
 * they are written, and the two before again: some instances of tarsstat are late.
 */
import { setImmediate } from 'node:timers/promises'
import type { PolledSpan } from '../../model/polled.ts'
import type { UnixMs } from '../../model/time.ts'
import { BUCKET_MS, bucketEnds, endOf, hourTableOf, parseStamp, stampOf } from './bucket.ts'
import type { RowsKind } from './database-rows.ts'
import { DatabaseError, type ReadOnlySession, type Row } from './database-session.ts'
import type { HourTables } from './framework-db.ts'

const LENGTH_MS = BUCKET_MS.TARSFramework
const READ_AGAIN = 2
/** How far behind it goes on, … */
const MAX_BACK = 36
/** … so much of it a round. */
const MAX_A_ROUND = 3
/** Of one bucket in one database. */
const MAX_ROWS = 100_000
/** Rows that are turned at a stretch. */
const ROWS_AT_ONCE = 2_000
/** An instance that has written nothing for so long is gone. */
const GONE_MS = 2 * LENGTH_MS
/** Zones are whole quarters of an hour. */
const QUARTER_MS = 900_000

export interface BucketReaderOptions {
  readonly kind: RowsKind
  readonly session: (tables: HourTables) => Promise<ReadOnlySession>
  /** Resolves when it is durable. */
  readonly span: (span: PolledSpan) => Promise<void>
  /** Number of the next reading of this kind. */
  readonly nextRead: () => number
}

export class BucketReader {
  /** Rows handed on. */
  records = 0
  /** End of the newest bucket handed on. */
  reachedMs: UnixMs = 0
  /** What an operator should know; '' nothing. */
  note = ''
  readonly #options: BucketReaderOptions

  constructor(options: BucketReaderOptions) {
    this.#options = options
  }

  /**
   * Hands on what is due. Returns whether there is more.
   * @throws {DatabaseError} or what the intake rejects with: the next round goes on there
   */
  async round(dbs: readonly HourTables[], term: number): Promise<boolean> {
    const written = await this.#written(dbs)
    if (written === undefined) return false
    const { untilMs, offsetMs } = written
    if (untilMs <= this.reachedMs) return false
    const first = Math.min(this.reachedMs || untilMs, untilMs - LENGTH_MS)
    const ends = bucketEnds(first - READ_AGAIN * LENGTH_MS, untilMs, LENGTH_MS, MAX_BACK)
    // Beyond those that are read again, each is news.
    const due = ends.slice(0, READ_AGAIN + MAX_A_ROUND)
    for (const endMs of due) await this.#read(dbs, { endMs, offsetMs }, term)
    return due.length < ends.length
  }

  async #read(dbs: readonly HourTables[], bucket: Bucket, term: number): Promise<void> {
    const { kind, session, span, nextRead } = this.#options
    const stored: Row[] = []
    this.note = ''
    for (const db of dbs) {
      const rows = await rowsOf(await session(db), db, bucket)
      if (rows.length === MAX_ROWS) {
        this.note = `more than ${MAX_ROWS} rows of ${kind.kind} in 5 minutes: the rest is left out`
      }
      stored.push(...rows)
    }
    const rows = await turned(kind, stored)
    const reading = { kind: kind.kind, feed: 'database', term, read: nextRead() } as const
    const { endMs } = bucket
    await span({ reading, endMs, lengthMs: LENGTH_MS, states: [], ...rows })
    this.records += rows.stats.length + rows.properties.length
    this.reachedMs = Math.max(this.reachedMs, endMs)
  }

  /** Up to where all instances have written in all databases. */
  async #written(dbs: readonly HourTables[]): Promise<Written | undefined> {
    const ends: UnixMs[] = []
    let offsetMs: number | undefined
    for (const db of dbs) {
      const session = await this.#options.session(db)
      const progress = await progressOf(session, db)
      ends.push(...progress)
      const newest = Math.max(...progress)
      if (progress.length > 0) offsetMs ??= await offsetOf(session, db, newest)
    }
    if (offsetMs === undefined) return undefined
    const newest = Math.max(...ends)
    const slowest = Math.min(...ends.filter((end) => end >= newest - GONE_MS))
    return { untilMs: Math.floor((slowest - offsetMs) / LENGTH_MS) * LENGTH_MS, offsetMs }
  }
}

interface Bucket {
  readonly endMs: UnixMs
  /** What the clock of tarsstat is ahead of UTC. */
  readonly offsetMs: number
}

interface Written {
  readonly untilMs: UnixMs
  readonly offsetMs: number
}

async function turned(
  kind: RowsKind,
  stored: readonly Row[],
): Promise<Pick<PolledSpan, 'stats' | 'properties'>> {
  const turning = kind.begin(LENGTH_MS)
  for (let from = 0; from < stored.length; from += ROWS_AT_ONCE) {
    for (const row of stored.slice(from, from + ROWS_AT_ONCE)) turning.add(row)
    await setImmediate()
  }
  return turning.end()
}

/** Ends of the newest bucket of each instance, on the framework's clock. None: nothing is written yet. */
async function progressOf(session: ReadOnlySession, db: HourTables): Promise<number[]> {
  const rows = await rowsIfAny(session, {
    sql: `select appname, lasttime from \`${db.database}\`.t_ecstatus where action = 0 limit 1000`,
  })
  return rows.flatMap(({ appname, lasttime }) => {
    const stamp = parseStamp(String(lasttime))
    if (!stamp || !String(appname).startsWith(db.tablePrefix)) return []
    return endOf(stamp, 0) ?? []
  })
}

/** `stattime` is an instant, `f_tflag` a time of day: the newest row tells the zone of tarsstat's machine. */
async function offsetOf(
  session: ReadOnlySession,
  db: HourTables,
  newest: number,
): Promise<number | undefined> {
  const [row] = await rowsIfAny(session, {
    sql:
      'select f_date, f_tflag, unix_timestamp(stattime) as written' +
      ` from ${tableOf(db, newest, 0)} order by stattime desc limit 1`,
  })
  const end = row && endOf({ date: String(row.f_date), tflag: String(row.f_tflag) }, 0)
  if (end === undefined) return undefined
  return Math.round((end - Number(row?.written) * 1000) / QUARTER_MS) * QUARTER_MS
}

/** All of a bucket, also what was written under an odd end in it, as after a restart of tarsstat. */
function rowsOf(
  session: ReadOnlySession,
  db: HourTables,
  { endMs, offsetMs }: Bucket,
): Promise<readonly Row[]> {
  const { date, tflag } = stampOf(endMs, offsetMs)
  const minute = Number(tflag.slice(2)) - LENGTH_MS / 60_000
  return rowsIfAny(session, {
    sql:
      `select * from ${tableOf(db, endMs, offsetMs)}` +
      ` where f_date = ? and f_tflag > ? and f_tflag <= ? limit ${MAX_ROWS}`,
    values: [date, tflag.slice(0, 2) + String(minute).padStart(2, '0'), tflag],
  })
}

function tableOf({ database, tablePrefix }: HourTables, endMs: UnixMs, offsetMs: number): string {
  return `\`${database}\`.\`${tablePrefix}${hourTableOf(stampOf(endMs, offsetMs))}\``
}

/** No table: no data. tarsstat makes those of a day when it first writes on it. */
async function rowsIfAny(
  session: ReadOnlySession,
  { sql, values }: { readonly sql: string; readonly values?: readonly unknown[] },
): Promise<readonly Row[]> {
  try {
    return await session.rows(sql, values)
  } catch (error) {
    if (error instanceof DatabaseError && error.reason === 'missing') return []
    throw error
  }
}
