/**
 * The data folder of a cloud that does not run, for reading: what opening a store might change is copied to a
 * scratch folder, blocks are linked to. Nothing is written in the data folder.
 */
import { existsSync } from 'node:fs'
import { copyFile, mkdir, readdir, rm, symlink } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import type { Clock } from '../../support/clock.ts'
import { isHeld, lockFolder } from '../../support/folder-lock.ts'
import type { Log } from '../../support/log.ts'
import type { Audience } from '../notify/ports.ts'
import {
  BLOCK_NAME,
  BLOCKS,
  FLUSH_FILE_NAME,
  HOURS,
  RAW_BORDER,
  SEGMENT_NAME,
} from '../series/layout.ts'
import { SeriesStore } from '../series/series-store.ts'
import { Plans } from '../store/plans.ts'
import { NodeSqliteDialect } from '../store/sqlite/dialect.ts'
import type { Tables } from '../store/tables.ts'
import { BacktestFailure } from './failure.ts'
import { seriesOf } from './local-series.ts'
import type { StoredSeries } from './ports.ts'
import { Unreadable } from './unreadable.ts'

export interface StoredCopy {
  readonly series: StoredSeries
  /** Undefined when the folder has no database of contacts. */
  readonly audience: Audience | undefined
  close(): Promise<void>
}

export interface StoredCopyOptions {
  /** Of the cloud. */
  readonly data: string
  readonly environment: string
  readonly clock: Clock
  readonly log: Log
  /** An empty folder for the copy, as large as the log (1 GiB at most); removed by the caller, after `close`. */
  readonly scratch: string
}

/** @throws {BacktestFailure} `no-data`, `no-environment`, `held`. */
export async function openStoredCopy(options: StoredCopyOptions): Promise<StoredCopy> {
  const { data, environment, clock, log, scratch: folder } = options
  await checkEnvironment(data, environment)
  const letGo = hold(data, environment)
  try {
    await copySeries(join(resolve(data), 'series', environment), join(folder, environment))
    const audience = await audienceIn(data, environment, folder)
    const store = await SeriesStore.open({ folder, clock, log })
    const unreadable = new Unreadable()
    const { broken } = store.report
    // Blocks say themselves what lacks, whenever they are read: records of the log do not.
    if (broken > 0) unreadable.add(`${broken} broken records or files were skipped`)
    const source = store.source(environment, (what) => unreadable.add(what))
    const events: StoredSeries['events'] = async (labels, fromMs, toMs) =>
      labels.map((each) => store.events(environment, each, fromMs, toMs))
    const series = seriesOf(source, events, { unreadable })
    return { series, audience, close: () => store.close() }
  } finally {
    // Blocks that are open can be read to their end, whoever removes them.
    letGo()
  }
}

async function checkEnvironment(data: string, environment: string): Promise<void> {
  const folder = join(data, 'series')
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    const message = `${folder} cannot be read: is ${data} the data folder of a cloud?`
    throw new BacktestFailure('no-data', message, { cause })
  })
  const known = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  if (known.includes(environment)) return
  const others = known.length > 0 ? `; there are ${known.slice(0, 10).join(', ')}` : ''
  throw new BacktestFailure('no-environment', `no data of ${environment} in ${folder}${others}`)
}

/** Where no server ever ran there is nothing to hold. */
function hold(data: string, environment: string): () => void {
  if (!existsSync(join(data, LOCK))) return () => {}
  try {
    return lockFolder(data, LOCK)
  } catch (cause) {
    if (!isHeld(cause)) throw cause
    const message = `a cloud runs on ${data}: ask it with --url https://HOST/prometheus/${environment} --token-file FILE instead of --data, or stop it`
    throw new BacktestFailure('held', message, { cause })
  }
}

const LOCK = 'server.lock'

async function copySeries(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true })
  for (const name of await readdir(from)) {
    const isFile = SEGMENT_NAME.test(name) || FLUSH_FILE_NAME.test(name) || name === RAW_BORDER
    if (isFile) await copyFile(join(from, name), join(to, name))
  }
  for (const folder of [BLOCKS, HOURS]) {
    await mkdir(join(to, folder))
    const names = await readdir(join(from, folder)).catch(() => [])
    for (const name of names.filter((name) => BLOCK_NAME.test(name))) {
      await symlink(join(from, folder, name), join(to, folder, name))
    }
  }
}

async function audienceIn(
  data: string,
  environment: string,
  scratch: string,
): Promise<Audience | undefined> {
  const copy = join(scratch, 'state.db')
  if (!existsSync(join(data, 'state.db'))) return undefined
  for (const suffix of ['', '-wal']) {
    const file = join(data, `state.db${suffix}`)
    if (existsSync(file)) await copyFile(file, `${copy}${suffix}`)
  }
  const db = new Kysely<Tables>({ dialect: new NodeSqliteDialect(new DatabaseSync(copy)) })
  try {
    return await new Plans(db).audience(environment)
  } finally {
    await db.destroy()
    // It has addresses and sealed secrets: nobody needs it any more.
    for (const suffix of ['', '-wal', '-shm']) await rm(`${copy}${suffix}`, { force: true })
  }
}
