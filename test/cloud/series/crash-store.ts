/** The store of the tests that crash it: with limits so small that all it does in the background happens often. */
import type { SeriesLimits } from '../../../src/cloud/series/limits.ts'
import { SeriesStore } from '../../../src/cloud/series/series-store.ts'
import { ThreadSeries } from '../../../src/cloud/series/thread/thread-series.ts'
import type { UnixMs } from '../../../src/model/time.ts'
import { type Clock, systemClock } from '../../../src/support/clock.ts'
import { silentLog } from '../../../src/support/log.ts'
import { nowAt } from './model-traffic.ts'

const HOUR_MS = 3600_000
/** Timers of the store run after so many milliseconds at most. */
const SOON_MS = 20

/** The time of the batches; what is to happen later happens soon. */
export class CrashClock implements Clock {
  /** The newest batch sent. */
  sent = 1

  now(): UnixMs {
    return nowAt(this.sent) + 1000
  }

  after(delayMs: number, task: () => void) {
    return systemClock.after(Math.min(delayMs, SOON_MS), task)
  }
}

/** By its seed one that keeps eight days, or little more than what may come late. */
export function retentionMsOf(seed: number): number {
  return seed % 2 === 0 ? 30 * HOUR_MS : 8 * 24 * HOUR_MS
}

export function openCrashStore(folder: string, seed: number, clock: Clock): Promise<SeriesStore> {
  return SeriesStore.open({ folder, clock, log: silentLog, ...limitsOf(seed) })
}

/** The same in a thread of its own. */
export function openCrashThread(folder: string, seed: number): Promise<ThreadSeries> {
  return ThreadSeries.open({ folder, log: silentLog, ...limitsOf(seed) })
}

function limitsOf(seed: number): Partial<SeriesLimits> {
  return { flushEveryMs: 60_000, hotMs: 600_000, retentionMs: retentionMsOf(seed) }
}
