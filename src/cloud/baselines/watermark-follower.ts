import type { UnixMs } from '../../model/time.ts'
import { messageOf } from '../../support/failure.ts'
import type { Log } from '../../support/log.ts'

interface Follow {
  watermark: UnixMs
  running: Promise<void> | undefined
  fault: string
  failures: number
  /** After a failure: not before the watermark is here. */
  againMs: UnixMs
}

/** What is behind by more was set back: it begins anew. As rules do. */
const SET_BACK_MS = 3_600_000
const RETRY_MS = 10_000
const LONGEST_RETRY_MS = 240_000

/**
 * Takes its step for environments as their watermarks rise: one environment at a time, each as of its newest
 * watermark. A step that fails is run again as the watermark rises, later and later; its fault is logged when it
 * changes.
 */
export abstract class WatermarkFollower {
  readonly #log: Log
  readonly #follows = new Map<string, Follow>()
  #turn: Promise<unknown> = Promise.resolve()
  #stopped = false

  constructor(log: Log) {
    this.#log = log
  }

  protected abstract step(environment: string, watermark: UnixMs): Promise<void>

  /** All data of the environment up to `watermark` have arrived. */
  advance(environment: string, watermark: UnixMs): void {
    if (this.#stopped) return
    if (this.#isSetBack(environment, watermark)) this.forget(environment)
    const follow = this.#followOf(environment)
    if (watermark <= follow.watermark || watermark < follow.againMs) return
    follow.watermark = watermark
    follow.running ??= this.#pursue(environment, follow)
  }

  /** The environment is gone. */
  forget(environment: string): void {
    this.#follows.delete(environment)
  }

  /** Resolves when all that were told of have been run. */
  async idle(): Promise<void> {
    const running = () => [...this.#follows.values()].flatMap((follow) => follow.running ?? [])
    for (let runs = running(); runs.length > 0; runs = running()) await Promise.all(runs)
  }

  /** Ends after the step at hand. */
  async stop(): Promise<void> {
    this.#stopped = true
    await this.#turn
  }

  /** What was done was of a time that has not come yet: it is to be forgotten. */
  #isSetBack(environment: string, watermark: UnixMs): boolean {
    const { watermark: before = watermark } = this.#follows.get(environment) ?? {}
    return before - watermark > SET_BACK_MS
  }

  #followOf(environment: string): Follow {
    const unfailed = { fault: '', failures: 0, againMs: 0 }
    const follow = this.#follows.get(environment) ?? {
      watermark: 0,
      running: undefined,
      ...unfailed,
    }
    this.#follows.set(environment, follow)
    return follow
  }

  async #pursue(environment: string, follow: Follow): Promise<void> {
    let done = Number.NEGATIVE_INFINITY
    while (follow.watermark > done && this.#follows.get(environment) === follow && !this.#stopped) {
      const turn = this.#turn.then(() => {
        done = follow.watermark
        return this.#run(environment, follow)
      })
      this.#turn = turn
      await turn
    }
    follow.running = undefined
  }

  async #run(environment: string, follow: Follow): Promise<void> {
    const { watermark } = follow
    try {
      if (!this.#stopped) await this.step(environment, watermark)
      follow.fault = ''
      follow.failures = 0
    } catch (error) {
      const wait = Math.min(LONGEST_RETRY_MS, RETRY_MS * 2 ** follow.failures++)
      follow.againMs = watermark + wait
      const fault = messageOf(error)
      if (fault !== follow.fault) this.#log.warn({ environment, err: error }, 'no baselines')
      follow.fault = fault
    }
  }
}
