/** What the cloud watches of itself and of each environment, asked by the rules in `conf/watchdog.yaml`. */
import type { UnixMs } from '../model/time.ts'
import { evaluateInstant, type Matcher } from '../promql/index.ts'
import type { Query } from './rules/ports.ts'
import type { SeriesQueries } from './series/port.ts'
import type { Store } from './store/store.ts'
import { type FailingDoor, type WatchedWorld, watchSource } from './watch-series.ts'

/** Who did not look for so long could not hear: the cloud was down, or its clock was set. */
const UNWATCHED_MS = 5 * 60_000
const CALLS: Matcher = { name: '__name__', op: '=', value: 'tars_calls' }

type Watched = Pick<Store, 'plans' | 'outbox' | 'drills'>

export class Watchdog {
  readonly #series: SeriesQueries
  readonly #store: Watched
  /** Of each environment: since when it is looked at without a pause, and when it was last. */
  readonly #watches = new Map<string, { sinceMs: UnixMs; lastMs: UnixMs }>()

  constructor(series: SeriesQueries, store: Watched) {
    this.#series = series
    this.#store = store
  }

  query(environment: string): Query {
    const world = this.#worldOf(environment)
    return {
      instant: (expr, at) => {
        const sinceMs = this.#watchedSince(environment, at)
        return evaluateInstant(expr, at, watchSource(world, at, sinceMs))
      },
    }
  }

  forget(environment: string): void {
    this.#watches.delete(environment)
  }

  #worldOf(environment: string): WatchedWorld {
    return {
      environment,
      called: (startMs, endMs) =>
        this.#series.labelValues(environment, 'callee', { matchers: [[CALLS]], startMs, endMs }),
      audience: () => this.#store.plans.audience(environment),
      failing: (at) => this.#failing(environment, at),
      drillFailedSince: (since) => this.#store.drills.failedSince(environment, since),
    }
  }

  async #failing(environment: string, at: UnixMs): Promise<FailingDoor[]> {
    const doors = await this.#store.outbox.failing(environment, at)
    if (doors.length === 0) return []
    const { receivers = [] } = await this.#store.plans.audience(environment)
    const names = new Map(receivers.map(({ id, name }) => [id, name]))
    return doors.map((door) => ({ ...door, to: names.get(door.to) ?? door.to }))
  }

  #watchedSince(environment: string, at: UnixMs): UnixMs {
    const known = this.#watches.get(environment)
    const isWatched = known && at >= known.lastMs && at - known.lastMs <= UNWATCHED_MS
    const sinceMs = isWatched ? known.sinceMs : at
    this.#watches.set(environment, { sinceMs, lastMs: at })
    return sinceMs
  }
}
