import type { Cancel, Clock } from '../support/clock.ts'

export interface WorkerWatchOptions {
  /** Asks the worker something harmless; undefined when it does not answer. */
  readonly ask: () => Promise<string | undefined>
  readonly onHung: () => void
  readonly clock: Clock
}

/** As node-agent: each minute, and five without a sign of life are too many. */
const INTERVAL_MS = 60_000
const MAX_MISSES = 5

/** Notices a worker that runs but does nothing any more. One that never answered is left alone. */
export class WorkerWatch {
  readonly #options: WorkerWatchOptions
  #cancel: Cancel = () => {}
  #isStopped = false
  #hasAnswered = false
  #misses = 0

  constructor(options: WorkerWatchOptions) {
    this.#options = options
    this.#wait()
  }

  stop(): void {
    this.#isStopped = true
    this.#cancel()
  }

  #wait(): void {
    this.#cancel = this.#options.clock.after(INTERVAL_MS, () => void this.#check())
  }

  async #check(): Promise<void> {
    const answer = await this.#options.ask()
    if (this.#isStopped) return
    if (answer !== undefined) this.#hasAnswered = true
    this.#misses = answer === undefined && this.#hasAnswered ? this.#misses + 1 : 0
    if (this.#misses >= MAX_MISSES) this.#options.onHung()
    else this.#wait()
  }
}
