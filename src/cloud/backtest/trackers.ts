/** The life of alerts in a backtest. */
import { silentLog } from '../../support/log.ts'
import type { Alert, AlertChange } from '../alerts/alert.ts'
import { AlertTracker } from '../alerts/tracker.ts'
import { eventRules } from '../rules/event-rules.ts'
import type { RuleGroup } from '../rules/rule.ts'
import type { PlannedGroup } from './plan.ts'
import type { StoredSeries } from './ports.ts'

/** What became of alerts. */
export interface Happened {
  /** In the order of time. */
  readonly changes: readonly AlertChange[]
  /** Alerts that are over, also those whose end is no news. */
  readonly over: readonly Alert[]
}

/**
 * A tracker is told of one time after the other. Groups that are evaluated a chunk of time after the other have one
 * each: they share no alerts; all others share one.
 */
export class Trackers {
  readonly #shared: AlertTracker
  readonly #own: ReadonlyMap<string, AlertTracker>
  #changes: AlertChange[] = []
  #over: Alert[] = []

  constructor(groups: readonly PlannedGroup[], series: Pick<StoredSeries, 'events'>) {
    const fast = groups.filter(({ slow }) => slow === undefined)
    this.#shared = this.#tracker(series)
    this.#own = new Map(fast.map(({ group }) => [group.key, this.#tracker(series)]))
  }

  of({ key }: RuleGroup): AlertTracker {
    return this.#own.get(key) ?? this.#shared
  }

  /** What happened since it was asked last. */
  take(): Happened {
    const happened = { changes: this.#changes.sort((a, b) => a.at - b.at), over: this.#over }
    this.#changes = []
    this.#over = []
    return happened
  }

  #tracker(series: Pick<StoredSeries, 'events'>): AlertTracker {
    return new AlertTracker({
      events: { events: (_, ...question) => series.events(...question) },
      eventRules,
      log: silentLog,
      store: {
        livingAlerts: async () => [],
        firedSince: async () => [],
        progress: async () => [],
        saveEvaluation: async ({ changes, alerts }) => {
          this.#changes.push(...changes)
          this.#over.push(...alerts.filter(({ state }) => state === 'resolved'))
        },
      },
    })
  }
}
