import type { UnixMs } from '../../model/time.ts'
import type { Cancel, Clock } from '../../support/clock.ts'
import { messageOf } from '../../support/failure.ts'
import type { Log } from '../../support/log.ts'
import type { Alert, AlertChange, Story } from '../alerts/alert.ts'
import type { Observation } from '../rules/ports.ts'
import type { Standings } from './holding.ts'
import { type Investigated, Investigator } from './investigator.ts'
import { type Lingering, linger } from './lingering.ts'
import type { CauseQuery, CauseStore } from './ports.ts'
import { standingsAfter, storiesOf } from './story.ts'
import { hasCause, isOnCalls } from './symptom.ts'

export interface InvestigationsOptions {
  readonly store: CauseStore
  readonly query: (environment: string) => CauseQuery
  /** Pending and firing, as they are saved; undefined while that is not known. */
  readonly alerts: (environment: string) => readonly Alert[] | undefined
  readonly clock: Clock
  readonly log: Log
  /** How long a cause may take to show at the most: the longest report interval. 0: nothing waits. */
  readonly holdMs: number
  /** What has the cause of another is not told beside it. */
  readonly folds: boolean
  /** Decisions were saved. */
  readonly onDecided: () => void
}

/** News waits this long for an evaluation, or for its explanation where nothing is held. */
const EXPLAIN_MS = 10_000

interface Environment {
  readonly investigator: Investigator
  /** Of the group that was evaluated last. */
  everyMs: number
  at: UnixMs
  standings: Standings | undefined
  /** As it was learned from reports. */
  holdMs: number
  firing: readonly Alert[]
  lingering: readonly Lingering[]
  running: Promise<void> | undefined
  again: boolean
  cancel: Cancel
}

/**
 * Looks for causes whenever alerts were saved, beside the evaluation of rules. What it decides is saved before it
 * counts; when that fails, or the process dies, it is decided again, and news that waits is told in time anyway.
 */
export class Investigations {
  readonly counters = { failed: 0 }
  readonly #options: InvestigationsOptions
  readonly #environments = new Map<string, Environment>()
  #stopped = false

  constructor(options: InvestigationsOptions) {
    this.#options = options
  }

  /**
   * Rules were evaluated, and what they did to alerts is saved. Groups without a rule on calls are passed over: their
   * instants may be of the clock, far from those of the data.
   */
  observe({ environment, at, group }: Pick<Observation, 'environment' | 'at' | 'group'>): void {
    if (!group.rules.some(isOnCalls)) return
    const known = this.#environments.get(environment) ?? this.#open(environment)
    known.at = at
    known.everyMs = group.intervalMs
    this.#wake(environment, known)
  }

  /** Until when news that an alert fired waits for its cause at the latest; undefined: not at all. */
  holdUntil(
    alert: Alert,
    { environment, group }: Pick<Observation, 'environment' | 'group'>,
  ): UnixMs | undefined {
    if (!hasCause(alert)) return undefined
    const { clock, folds } = this.#options
    const { holdMs } = this.#environments.get(environment) ?? this.#options
    const waitsMs = folds ? holdMs + Math.max(group.intervalMs, EXPLAIN_MS) : EXPLAIN_MS
    return Math.ceil(clock.now()) + waitsMs
  }

  /** Nothing is kept in mind of this environment. */
  forget(environment: string): void {
    this.#environments.get(environment)?.cancel()
    this.#environments.delete(environment)
  }

  /** Resolves when all that was observed is decided or waits. */
  async idle(): Promise<void> {
    for (const known of this.#environments.values()) {
      while (known.running) await known.running
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true
    for (const known of this.#environments.values()) known.cancel()
    await this.idle()
  }

  #open(environment: string): Environment {
    const { query, log } = this.#options
    const opened: Environment = {
      investigator: new Investigator({ query: query(environment), log }),
      everyMs: 0,
      at: 0,
      standings: undefined,
      holdMs: this.#options.holdMs,
      firing: [],
      lingering: [],
      running: undefined,
      again: false,
      cancel: () => {},
    }
    this.#environments.set(environment, opened)
    return opened
  }

  #wake(environment: string, known: Environment): void {
    if (this.#stopped) return
    known.again = true
    known.running ??= this.#run(environment, known).finally(() => {
      known.running = undefined
    })
  }

  async #run(environment: string, known: Environment): Promise<void> {
    while (known.again && !this.#stopped) {
      known.again = false
      known.cancel()
      try {
        await this.#decide(environment, known)
      } catch (error) {
        this.counters.failed++
        // Whether it was saved may be unknown: the store knows.
        known.standings = undefined
        const { log } = this.#options
        log.warn({ environment, error: messageOf(error) }, 'causes cannot be saved, trying again')
      }
    }
  }

  async #decide(environment: string, known: Environment): Promise<void> {
    const { store, folds, holdMs, onDecided } = this.#options
    known.standings ??= await store.standings(environment)
    const living = this.#options.alerts(environment)
    // Nobody is over because nobody is known: the next observation comes.
    if (!living) return
    const { at, everyMs, standings, investigator } = known
    const alerts = suspected(living, known, standings)
    const timing = { at, holdMs, evaluatedEveryMs: everyMs }
    const found = await investigator.observe({ ...timing, alerts, standings })
    const stories = storiesOf(found, alerts, folds)
    const after = standingsAfter(found, stories)
    const changed = new Map(
      [...after].filter(([alert, standing]) => standing !== standings.get(alert)),
    )
    if (changed.size + stories.size > 0) {
      const excused = found.decisions.flatMap(({ alert, verdict }) =>
        verdict === 'excuse' ? alert : [],
      )
      const renewed = this.#renewed(known, found, stories)
      const decisions = { standings: changed, stories, excused, renewed }
      await store.saveDecisions(environment, decisions)
    }
    known.standings = after
    known.holdMs = found.holdMs ?? known.holdMs
    if (stories.size > 0) onDecided()
    this.#wakeAt(environment, known, found.dueAt)
  }

  /** News of what was folded or excused so far, and was planned as that. */
  #renewed(
    { at, standings, firing }: Environment,
    { decisions }: Investigated,
    stories: ReadonlyMap<Alert['id'], Story>,
  ): AlertChange[] {
    const receivedAt = Math.ceil(this.#options.clock.now())
    const byId = new Map(firing.map((alert) => [alert.id, alert]))
    return decisions.flatMap(({ alert: id, verdict }) => {
      const [alert, story] = [byId.get(id), stories.get(id)]
      const { isTold, isAgain, isExcused, into } = standings?.get(id) ?? {}
      const wasKept = isTold === false && (isAgain || isExcused || into !== undefined)
      if (!alert || !story || story.into || verdict === 'excuse' || !wasKept) return []
      return { kind: 'fired', at, receivedAt, alert, story }
    })
  }

  /** Whoever is held is told in time, also when no evaluation comes any more. */
  #wakeAt(environment: string, known: Environment, dueAt: UnixMs | undefined): void {
    if (dueAt === undefined || dueAt <= known.at || this.#stopped) return
    known.cancel = this.#options.clock.after(dueAt - known.at, () => {
      known.at = Math.max(known.at, dueAt)
      this.#wake(environment, known)
    })
  }
}

/** Those that live and may have a cause, and deaths of lately. */
function suspected(
  living: readonly Alert[],
  known: Environment,
  standings: Standings,
): readonly Alert[] {
  const { at, firing: was, lingering } = known
  const alerts = living.filter(hasCause)
  known.lingering = linger(lingering, { at, was, alerts, standings })
  known.firing = alerts.filter(({ state }) => state === 'firing')
  return [...alerts, ...known.lingering.map(({ alert }) => alert)]
}
