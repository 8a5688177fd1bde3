/** How many queries run at a time: of one environment, and in all. The others wait for their turn. */
import type { Clock } from '../../../support/clock.ts'
import { DoorFailure } from './door-failure.ts'

export interface SlotLimits {
  /** Queries that run at a time. */
  readonly maxRunningInAll: number
  readonly maxRunning: number
  /** Queries of one environment that wait. */
  readonly maxWaiting: number
}

/** What a query is given: a time to be over, and a signal that says so or that nobody waits any more. */
export interface Patience {
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

interface Waiting {
  readonly environment: string
  readonly start: () => void
}

type Stage = 'query queue' | 'expression evaluation'

export class QuerySlots {
  readonly #limits: SlotLimits
  readonly #clock: Clock
  readonly #running = new Map<string, number>()
  #runningInAll = 0
  #waiting: Waiting[] = []

  constructor(limits: SlotLimits, clock: Clock) {
    this.#limits = limits
    this.#clock = clock
  }

  /**
   * Runs `work` when there is a place, and answers for it when it takes too long; its place is free when
   * it has really ended. Rejects with `DoorFailure` `timeout`, `canceled`, `too_many_requests`.
   */
  async run<T>(
    environment: string,
    { timeoutMs, signal }: Patience,
    work: (patience: Patience) => Promise<T>,
  ): Promise<T> {
    if (timeoutMs < 1) throw timedOut('query queue')
    const endsAt = this.#clock.now() + timeoutMs
    await this.#enter(environment, { timeoutMs, signal })
    const leftMs = endsAt - this.#clock.now()
    return this.#within('expression evaluation', { timeoutMs: leftMs, signal }, (ended) =>
      work({ timeoutMs: leftMs, signal: ended }).finally(() => this.#leave(environment)),
    )
  }

  async #enter(environment: string, patience: Patience): Promise<void> {
    if (this.#hasPlace(environment)) return this.#take(environment)
    const { maxWaiting } = this.#limits
    if (this.#waiting.filter((one) => one.environment === environment).length >= maxWaiting) {
      const message = `${maxWaiting} queries of this environment are waiting already`
      throw new DoorFailure('too_many_requests', message, { retryable: true })
    }
    const turn = Promise.withResolvers<void>()
    const one = { environment, start: turn.resolve }
    this.#waiting.push(one)
    try {
      await this.#within('query queue', patience, () => turn.promise)
    } catch (error) {
      // The turn may have come in the same moment.
      if (this.#waiting.includes(one)) this.#waiting = this.#waiting.filter((each) => each !== one)
      else this.#leave(environment)
      throw error
    }
  }

  #hasPlace(environment: string): boolean {
    const { maxRunning, maxRunningInAll } = this.#limits
    return (
      this.#runningInAll < maxRunningInAll && (this.#running.get(environment) ?? 0) < maxRunning
    )
  }

  #take(environment: string): void {
    this.#runningInAll++
    this.#running.set(environment, (this.#running.get(environment) ?? 0) + 1)
  }

  #leave(environment: string): void {
    this.#runningInAll--
    const left = (this.#running.get(environment) ?? 0) - 1
    if (left > 0) this.#running.set(environment, left)
    else this.#running.delete(environment)
    const next = this.#waiting.find((one) => this.#hasPlace(one.environment))
    if (!next) return
    this.#waiting = this.#waiting.filter((one) => one !== next)
    this.#take(next.environment)
    next.start()
  }

  async #within<T>(
    stage: Stage,
    { timeoutMs, signal }: Patience,
    work: (ended: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const ended = new AbortController()
    const failed = Promise.withResolvers<never>()
    const fail = (failure: DoorFailure) => {
      failed.reject(failure)
      ended.abort()
    }
    const canceled = () => fail(new DoorFailure('canceled', `query was canceled in ${stage}`))
    if (signal.aborted) canceled()
    signal.addEventListener('abort', canceled)
    const cancel = this.#clock.after(timeoutMs, () => fail(timedOut(stage)))
    try {
      return await Promise.race([failed.promise, work(ended.signal)])
    } finally {
      cancel()
      signal.removeEventListener('abort', canceled)
    }
  }
}

function timedOut(stage: Stage): DoorFailure {
  return new DoorFailure('timeout', `query timed out in ${stage}`)
}
