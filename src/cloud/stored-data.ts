/** What the cloud keeps: its tables and its series, side by side in the data folder. */
import { join } from 'node:path'
import type { Log } from '../support/log.ts'
import type { StopList } from '../support/stop-list.ts'
import type { EnvironmentWithKey } from './api/ports.ts'
import { type DefaultRetention, effectiveDays } from './api/retention.ts'
import type { CloudConfig } from './config.ts'
import { ActLinks } from './notify/acts/act-link.ts'
import { ThreadSeries } from './series/thread/thread-series.ts'
import { secretsIn } from './store/master-key.ts'
import { holdFolder, openSqlite } from './store/sqlite/open-sqlite.ts'
import { openStore, type Store } from './store/store.ts'

const DAY_MS = 86_400_000

export interface StoredData {
  readonly store: Store
  readonly series: ThreadSeries
  /** Links in messages, by which their readers act. */
  readonly actLinks: ActLinks
  /** Signs links that confirm mail addresses. */
  readonly confirmKey: Uint8Array
  /** Of environments that say nothing else. */
  readonly defaultRetention: DefaultRetention
  /** What the environment says of retention holds from now on. */
  retain(environment: EnvironmentWithKey): Promise<void>
}

/** Opens both; `parts` closes them. @throws {Failure} when the folder is held by another, or cannot be used. */
export async function openData(
  config: CloudConfig,
  log: Log,
  parts: StopList,
): Promise<StoredData> {
  parts.push('data folder', holdFolder(config.data))
  const secrets = secretsIn(config.data)
  const store = await openStore({ dialect: openSqlite(config.data), secrets })
  parts.push('store', () => store.close())
  const series = await ThreadSeries.open({
    folder: join(config.data, 'series'),
    log,
    retentionMs: config.retention,
    rollUpRetentionMs: config.hourly_retention,
  })
  parts.push('series', () => series.close())
  const defaultRetention = {
    rawDays: config.retention / DAY_MS,
    hourlyDays: config.hourly_retention / DAY_MS,
  }
  const retain = ({ id, retention }: EnvironmentWithKey) => {
    const { rawDays, hourlyDays } = effectiveDays(retention, defaultRetention)
    return series.setRetention(id, {
      retentionMs: Math.round(rawDays * DAY_MS),
      rollUpRetentionMs: Math.round(hourlyDays * DAY_MS),
    })
  }
  for (const environment of await store.environments.environments()) await retain(environment)
  const actLinks = new ActLinks(secrets.derived('links to act on alerts'))
  const confirmKey = secrets.derived('links that confirm addresses')
  return { store, series, actLinks, confirmKey, defaultRetention, retain }
}
