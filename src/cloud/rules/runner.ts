import type { UnixMs } from '../../model/time.ts'
import { backoffMs } from '../../support/backoff.ts'
import type { Cancel, Clock } from '../../support/clock.ts'
import { GroupEvaluator, type GroupEvaluatorOptions } from './group-evaluator.ts'
import type { LastEvaluation } from './last-evaluations.ts'
import type { ProgressSource } from './ports.ts'
import type { RuleSet } from './rule.ts'
import { type Due, nextDue } from './schedule.ts'

export interface RunnerOptions extends GroupEvaluatorOptions {
  readonly rules: RuleSet
  readonly progress: ProgressSource
  /** With it an instant that could not be saved is tried again by itself, else with the next advance. */
  readonly clock?: Clock
  /** Instants further back than this are passed over, and counted. Default 10 min. */
  readonly catchUpMs?: number
}

interface Reached {
  readonly watermark: UnixMs
  readonly receivedAt: UnixMs
}

/** One environment's place: at most one run at a time goes after the newest watermark. */
interface Track {
  readonly environment: string
  /** The first watermark. */
  readonly first: UnixMs
  reached: Reached
  evaluated: Map<string, UnixMs> | undefined
  running: Promise<void> | undefined
  failures: number
  retry: Cancel
}

const CATCH_UP_MS = 10 * 60_000
const RETRY = { baseMs: 1000, maxMs: 60_000 }

/** Evaluates the rules of each environment on data time: as far as its watermark has come. */
export class RuleRunner {
  readonly #counters = { skippedInstants: 0, failedSaves: 0 }
  readonly #options: RunnerOptions
  #rules: RuleSet
  readonly #tracks = new Map<string, Track>()
  readonly #evaluator: GroupEvaluator
  #stopped = false

  constructor(options: RunnerOptions) {
    this.#options = options
    this.#rules = options.rules
    this.#evaluator = new GroupEvaluator(options)
  }

  get counters() {
    return { ...this.#evaluator.counters, ...this.#counters }
  }

  /** All data of the environment up to `watermark` have arrived, the last of them at `receivedAt`. */
  advance(environment: string, watermark: UnixMs, receivedAt: UnixMs): void {
    if (this.#stopped) return
    const reached = { watermark, receivedAt }
    let track = this.#tracks.get(environment)
    if (!track) {
      const fresh = { evaluated: undefined, running: undefined, failures: 0, retry: () => {} }
      track = { environment, first: watermark, reached, ...fresh }
      this.#tracks.set(environment, track)
    }
    if (watermark > track.reached.watermark) track.reached = reached
    this.#run(track)
  }

  /** From the next instant on; groups keep their place by their key. */
  reload(rules: RuleSet): void {
    this.#rules = rules
    this.#evaluator.reloaded()
  }

  /** The environment is gone. */
  forget(environment: string): void {
    this.#tracks.get(environment)?.retry()
    this.#tracks.delete(environment)
    this.#evaluator.forget(environment)
  }

  /** How it went; undefined before the first time since the start, or since the rules changed. */
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
    for (const track of this.#tracks.values()) track.retry()
    await this.idle()
  }

  #run(track: Track): void {
    if (track.running) return
    track.retry()
    track.running = this.#pursue(track)
  }

  async #pursue(track: Track): Promise<void> {
    let satisfied: Reached | undefined
    try {
      satisfied = await this.#catchUp(track)
      track.failures = 0
    } catch (error) {
      // Whether the instant was saved may be unknown: the store knows.
      track.evaluated = undefined
      this.#failed(track, error)
    }
    track.running = undefined
    // The watermark may have moved since the last look.
    if (satisfied && satisfied !== track.reached && !this.#stopped) this.#run(track)
  }

  /** Answers how far it came. */
  async #catchUp(track: Track): Promise<Reached> {
    track.evaluated ??= await this.#evaluated(track)
    const { catchUpMs = CATCH_UP_MS } = this.#options
    for (;;) {
      const { reached } = track
      const { watermark, receivedAt } = reached
      const due = nextDue(this.#rules.groups, track.evaluated, watermark, catchUpMs)
      const gone = this.#tracks.get(track.environment) !== track
      if (!due || gone || this.#stopped) return reached
      await this.#evaluate(track.environment, due, receivedAt)
      track.evaluated.set(due.group.key, due.at)
    }
  }

  /** Of a new environment the instants from the first watermark on are due. */
  async #evaluated({ environment, first }: Track): Promise<Map<string, UnixMs>> {
    const progress = await this.#options.progress.progress(environment)
    const starts = this.#rules.groups.map(({ key, intervalMs }) => {
      return [key, (Math.floor(first / intervalMs) - 1) * intervalMs] as const
    })
    return new Map([
      ...starts,
      ...progress.map(({ group, evaluatedAt }) => [group, evaluatedAt] as const),
    ])
  }

  async #evaluate(environment: string, due: Due, receivedAt: UnixMs): Promise<void> {
    const { group, at, previousAt, skipped } = due
    const before = previousAt !== undefined && { previousAt }
    const rules = this.#rules
    await this.#evaluator.evaluate({ environment, group, rules, at, receivedAt, ...before })
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
