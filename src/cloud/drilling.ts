/** Drills of the cloud: the series take their faults, as those of agents. */
import { fileURLToPath } from 'node:url'
import type { Clock } from '../support/clock.ts'
import type { Log } from '../support/log.ts'
import type { CloudConfig } from './config.ts'
import { Drills } from './drill/drills.ts'
import type { Notifier } from './notify/notifier.ts'
import type { StoredData } from './stored-data.ts'

/** The alarm of drills: there whatever rules are configured. */
export const DRILL_RULES = fileURLToPath(new URL('../../conf/drill.yaml', import.meta.url))
/** Nobody would call that soon. */
const LIMIT_MS = 10 * 60_000
/** What is held back for the end of a window is told a little later. */
const AFTER_WINDOW_MS = 5 * 60_000

export interface Drilling {
  readonly config: CloudConfig
  readonly clock: Clock
  readonly log: Log
  readonly data: StoredData
}

export function openDrills({ config, clock, log, data }: Drilling, notifier: Notifier): Drills {
  const { drills: store, calendars, plans: people } = data.store
  const publicUrl = config.public_url?.replace(/\/+$/, '')
  return new Drills({
    ...{ store, calendars, people, clock, log, series: data.series },
    limitMs: Math.max(LIMIT_MS, config.convergence + AFTER_WINDOW_MS),
    onPlanned: () => notifier.wake(),
    ...(publicUrl !== undefined && { publicUrl }),
  })
}
