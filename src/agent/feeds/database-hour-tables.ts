/**
 * The hour tables of tarsstat or tarsproperty: `tars_stat_YYYYMMDDHH`. `t_ecstatus` says up to where
 * they are written.
 */
import type { UnixMs } from '../../model/time.ts'
import {
  BUCKET_MS,
  type BucketStamp,
  endOf,
  hourTableOf,
  lastEnd,
  parseStamp,
  stampOf,
} from './bucket.ts'
import { DatabaseError, type ReadOnlySession, type Row } from './database-session.ts'
import type { HourTables } from './framework-db.ts'
import type { BucketSource, StoredBucket } from './stored-buckets.ts'

const LENGTH_MS = BUCKET_MS.TARSFramework
/** Of one bucket in one database. */
const MAX_ROWS = 100_000
/** An instance that has written nothing for so long is gone. */
const GONE_MS = 2 * LENGTH_MS
/** Zones are whole quarters of an hour. */
const QUARTER_MS = 900_000

/** A way into the databases over which the rows are spread. */
export interface HourTablesAccess {
  dbs(): Promise<readonly HourTables[]>
  /** @throws {DatabaseError} */
  session(tables: HourTables): Promise<ReadOnlySession>
}

/** Its functions throw a {@link DatabaseError}. */
export class HourTablesSource implements BucketSource {
  readonly lengthMs = LENGTH_MS
  readonly #access: HourTablesAccess
  /** What the clock of tarsstat was ahead of UTC when it had come to this end. */
  #zone: { readonly end: number; readonly offsetMs: number } | undefined

  constructor(access: HourTablesAccess) {
    this.#access = access
  }

  /** Up to where all instances have written in all databases. */
  async written(): Promise<UnixMs | undefined> {
    const ends: number[] = []
    for (const db of await this.#access.dbs()) {
      const session = await this.#access.session(db)
      const some = await progressOf(session, db)
      ends.push(...some)
      if (some.length > 0) await this.#findZone(session, db, Math.max(...some))
    }
    if (ends.length === 0 || !this.#zone) return undefined
    const newest = Math.max(...ends)
    const slowest = Math.min(...ends.filter((end) => end >= newest - GONE_MS))
    return lastEnd(slowest - this.#zone.offsetMs, LENGTH_MS)
  }

  /** Ask {@link written} first. */
  async bucket(endMs: UnixMs): Promise<StoredBucket> {
    const stamp = stampOf(endMs, this.#zone?.offsetMs ?? 0)
    const rows: Row[] = []
    let isCut = false
    for (const db of await this.#access.dbs()) {
      const some = await rowsOf(await this.#access.session(db), db, stamp)
      isCut ||= some.length === MAX_ROWS
      for (const row of some) rows.push(row)
    }
    return { rows, isCut }
  }

  async #findZone(session: ReadOnlySession, db: HourTables, end: number): Promise<void> {
    if (this.#zone?.end === end) return
    const offsetMs = await offsetOf(session, db, end)
    if (offsetMs !== undefined) this.#zone = { end, offsetMs }
  }
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
      ` from ${tableOf(db, stampOf(newest, 0))} order by stattime desc limit 1`,
  })
  const end = row && endOf({ date: String(row.f_date), tflag: String(row.f_tflag) }, 0)
  if (end === undefined) return undefined
  return Math.round((end - Number(row?.written) * 1000) / QUARTER_MS) * QUARTER_MS
}

/** All of a bucket, also what was written under an odd end in it, as after a restart of tarsstat. */
function rowsOf(
  session: ReadOnlySession,
  db: HourTables,
  stamp: BucketStamp,
): Promise<readonly Row[]> {
  const { date, tflag } = stamp
  const minute = Number(tflag.slice(2)) - LENGTH_MS / 60_000
  return rowsIfAny(session, {
    sql:
      `select * from ${tableOf(db, stamp)}` +
      ` where f_date = ? and f_tflag > ? and f_tflag <= ? limit ${MAX_ROWS}`,
    values: [date, tflag.slice(0, 2) + String(minute).padStart(2, '0'), tflag],
  })
}

function tableOf({ database, tablePrefix }: HourTables, stamp: BucketStamp): string {
  return `\`${database}\`.\`${tablePrefix}${hourTableOf(stamp)}\``
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
