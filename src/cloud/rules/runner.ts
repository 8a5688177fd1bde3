import type { UnixMs } from '../../model/time.ts'
import { backoffMs } from '../../support/backoff.ts'
import type { Cancel, Clock } from '../../support/clock.ts'
import { EnvironmentRules } from './environment-rules.ts'
import { GroupEvaluator, type GroupEvaluatorOptions } from './group-evaluator.ts'
import type { LastEvaluation } from './last-evaluations.ts'
import { LateData } from './late-data.ts'
import { evaluateLate, isLate } from './late-evaluation.ts'
import type { ProgressSource } from './ports.ts'
import { type FeedMark, Reach } from './reach.ts'
import type { RuleGroup, RuleSet } from './rule.ts'
import { type Due, type Evaluated, nextDue } from './schedule.ts'

export interface RunnerOptions extends GroupEvaluatorOptions {
  readonly rules: RuleSet
  readonly progress: ProgressSource
  /**
   * With it rules that read nothing of data time run by the clock, agents that do not come are waited for no
   * longer than 15 s, and an instant that could not be saved is tried again by itself.
   */
  readonly clock?: Clock
  /** Groups that are not evaluated now; one that wakes begins with the newest instant. Default: none. */
  readonly sleeps?: (environment: string, group: RuleGroup) => boolean
  /** Instants further back than this are passed over, and counted. Default 10 min. */
  readonly catchUpMs?: number
}

/** What else a batch told of. */
export interface News {
  /** Of each feed some came as far. */
  readonly feeds?: readonly FeedMark[]
  /** The oldest data in it. */
  readonly oldestMs?: UnixMs | undefined
  /** It was there when the process started. */
  readonly fromBefore?: boolean
}

/** One environment's place: at most one run at a time goes after what is due. */
interface Track {
  readonly environment: string
  readonly begunAt: UnixMs
  readonly reach: Reach
  readonly late: LateData
  fromBefore: boolean
  /** By key of the group; undefined while the store is to be asked. */
  evaluated: Map<string, UnixMs> | undefined
  running: Promise<void> | undefined
  /** Something came since the run under way looked last. */
  again: boolean
  failures: number
  retry: Cancel
}

const NOTHING: Evaluated = new Map()
const CATCH_UP_MS = 10 * 60_000
const RETRY = { baseMs: 1000, maxMs: 60_000 }
const TICK_MS = 1000

/**
 * Evaluates the rules of each environment: on data time as far as its feeds have come, or, what reads nothing
 * of the framework, by the clock. Both begin with the first data of the environment.
 */
export class RuleRunner {
  readonly #counters = { skippedInstants: 0, failedSaves: 0 }
  readonly #options: RunnerOptions
  readonly #rules: EnvironmentRules
  readonly #tracks = new Map<string, Track>()
  readonly #evaluator: GroupEvaluator
  #tick: Cancel = () => {}
  #stopped = false

  constructor(options: RunnerOptions) {
    this.#options = options
    this.#rules = new EnvironmentRules(options.rules)
    this.#evaluator = new GroupEvaluator(options)
    this.#arm()
  }

  get counters() {
    return { ...this.#evaluator.counters, ...this.#counters }
  }

  /** Environments whose rules could not be evaluated, or what they found not saved, when it was tried last. */
  get failing(): number {
    return [...this.#tracks.values()].filter(({ failures }) => failures > 0).length
  }

  /** All data of the environment up to `watermark` have arrived, the last of them at `receivedAt`. */
  advance(
    environment: string,
    watermark: UnixMs,
    receivedAt: UnixMs,
    { feeds = [], oldestMs, fromBefore = false }: News = {},
  ): void {
    if (this.#stopped) return
    const track = this.#trackOf(environment, receivedAt)
    track.fromBefore ||= fromBefore
    track.reach.note({ watermark, receivedAt }, feeds)
    const { evaluated = NOTHING } = track
    const { heard } = this.#rules.of(environment).feeds
    if (oldestMs !== undefined && isLate(heard, evaluated, oldestMs)) {
      track.late.note(oldestMs, this.#options.clock?.now() ?? receivedAt)
    }
    this.#run(track)
  }

  /** The environment has data from outside: what runs by the clock may begin. */
  begin(environment: string, now: UnixMs): void {
    if (!this.#stopped) this.#trackOf(environment, now)
  }

  /** From the next instant on; groups keep their place by their key. */
  reload(rules: RuleSet): void {
    this.#rules.share(rules)
    this.#evaluator.reloaded()
  }

  /** As `reload`, of groups that this environment alone has. */
  reloadOwn(environment: string, groups: readonly RuleGroup[]): void {
    this.#rules.setOwn(environment, groups)
    this.#evaluator.reloadedOwn(environment, this.rulesOf(environment).groups)
  }

  /** All that are evaluated for it. */
  rulesOf(environment: string): RuleSet {
    return this.#rules.of(environment).rules
  }

  /** The environment is gone. */
  forget(environment: string): void {
    this.#tracks.get(environment)?.retry()
    this.#tracks.delete(environment)
    this.#rules.forget(environment)
    this.#evaluator.forget(environment)
  }

  /** How it went; undefined before the first time since the start, or since the rules of all changed. */
  lastEvaluation(environment: string, group: string): LastEvaluation | undefined {
    return this.#evaluator.lastEvaluation(environment, group)
  }

  /** Resolves when every environment has been evaluated as far as it can be. */
  async idle(): Promise<void> {
    const running = () => [...this.#tracks.values()].flatMap((track) => track.running ?? [])
    for (let runs = running(); runs.length > 0; runs = running()) await Promise.all(runs)
  }

  /** Ends after the instant at hand. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#tick()
    for (const track of this.#tracks.values()) track.retry()
    await this.idle()
  }

  #trackOf(environment: string, now: UnixMs): Track {
    const known = this.#tracks.get(environment)
    if (known) return known
    const fresh = {
      evaluated: undefined,
      running: undefined,
      again: false,
      failures: 0,
      fromBefore: false,
    }
    const parts = { reach: new Reach(), late: new LateData() }
    // After a start the newest data may be old.
    const begunAt = this.#options.clock?.now() ?? now
    const track = { environment, begunAt, ...parts, ...fresh, retry: () => {} }
    this.#tracks.set(environment, track)
    return track
  }

  #arm(): void {
    const { clock } = this.#options
    if (!clock) return
    this.#tick = clock.after(TICK_MS, () => {
      const now = clock.now()
      for (const track of this.#tracks.values()) {
        const { rules, feeds } = this.#rules.of(track.environment)
        const onClock = rules.groups.some((group) => feeds.isOnClock(group))
        const isDue = onClock || track.reach.isWaiting || track.late.isReady(now)
        // One that failed waits for its own time.
        if (isDue && track.failures === 0) this.#run(track)
      }
      if (!this.#stopped) this.#arm()
    })
  }

  #run(track: Track): void {
    track.again = true
    if (track.running) return
    track.retry()
    track.running = this.#pursue(track)
  }

  async #pursue(track: Track): Promise<void> {
    try {
      while (track.again) {
        track.again = false
        await this.#catchUp(track)
      }
      track.failures = 0
    } catch (error) {
      // Whether the instant was saved may be unknown: the store knows.
      track.evaluated = undefined
      this.#failed(track, error)
    }
    track.running = undefined
  }

  async #catchUp(track: Track): Promise<void> {
    track.evaluated ??= await this.#evaluated(track)
    const { catchUpMs = CATCH_UP_MS } = this.#options
    for (;;) {
      const upTo = (group: RuleGroup) => this.#upTo(group, track)?.watermark
      const groups = this.#awake(track, track.evaluated)
      const due = nextDue(groups, track.evaluated, upTo, catchUpMs)
      const gone = this.#tracks.get(track.environment) !== track
      if (gone || this.#stopped) return
      if (!due) return this.#evaluateLate(track)
      await this.#evaluate(track, due)
      track.evaluated.set(due.group.key, due.at)
    }
  }

  #awake({ environment }: Track, evaluated: Map<string, UnixMs>): readonly RuleGroup[] {
    const { sleeps } = this.#options
    const { groups } = this.rulesOf(environment)
    if (!sleeps) return groups
    return groups.filter((group) => {
      const isAsleep = sleeps(environment, group)
      // No data are late for it.
      if (isAsleep) evaluated.delete(group.key)
      return !isAsleep
    })
  }

  async #evaluateLate({ environment, late, evaluated }: Track): Promise<void> {
    const now = this.#options.clock?.now()
    if (now === undefined || !evaluated) return
    const { rules, feeds } = this.#rules.of(environment)
    await evaluateLate(this.#evaluator, { environment, late, evaluated, rules, feeds }, now)
  }

  #upTo(group: RuleGroup, { environment, reach }: Track) {
    const now = this.#options.clock?.now()
    const { feeds } = this.#rules.of(environment)
    if (!feeds.isOnClock(group)) return reach.upTo(now ?? -Infinity)
    return now === undefined ? undefined : { watermark: now, receivedAt: now }
  }

  /**
   * Of a new environment the instants from the first watermark on are due. When data came before a start, but a
   * group was not evaluated by then, where they began is not known: as far back as is caught up. Another group may have
   * been, of an instant before.
   */
  async #evaluated(track: Track): Promise<Map<string, UnixMs>> {
    const { environment, begunAt, reach, fromBefore } = track
    const progress = await this.#options.progress.progress(environment)
    const { rules, feeds } = this.#rules.of(environment)
    const judged = new Set(progress.map(({ group }) => group))
    const { catchUpMs = CATCH_UP_MS } = this.#options
    const starts = rules.groups.flatMap((group) => {
      const { first: heard } = reach
      const backMs = fromBefore && !judged.has(group.key) ? catchUpMs : 0
      const first = feeds.isOnClock(group) ? begunAt : heard && heard - backMs
      if (first === undefined) return []
      return [[group.key, (Math.floor(first / group.intervalMs) - 1) * group.intervalMs] as const]
    })
    return new Map([
      ...starts,
      ...progress.map(({ group, evaluatedAt }) => [group, evaluatedAt] as const),
    ])
  }

  async #evaluate(track: Track, due: Due): Promise<void> {
    const { group, at, previousAt, skipped } = due
    const { environment, reach } = track
    const { rules, feeds } = this.#rules.of(environment)
    const late = reach.late(at, feeds.ofGroup(group))
    await this.#evaluator.evaluate({
      ...{ environment, group, at, rules },
      receivedAt: this.#upTo(group, track)?.receivedAt ?? at,
      ...(previousAt !== undefined && { previousAt }),
      ...(late.length > 0 && { late }),
    })
    this.#counters.skippedInstants += skipped
  }

  #failed(track: Track, error: unknown): void {
    const { log, clock } = this.#options
    const { environment } = track
    // Nothing can be saved any more of an environment that is gone.
    if (this.#tracks.get(environment) !== track) return
    this.#counters.failedSaves++
    if (track.failures++ === 0) log.error({ environment, err: error }, 'rules not evaluated')
    if (!clock || this.#stopped) return
    const wait = backoffMs(track.failures, RETRY)
    track.retry = clock.after(wait, () => this.#run(track))
  }
}
