import type { Cancel, Clock } from './clock.ts'

/** Work that is done in rounds, one at a time: whoever wakes it during a round gets another. */
export class Rounds {
  readonly #clock: Clock
  readonly #round: () => Promise<void>
  #running: Promise<void> | undefined
  #isAsked = false
  #isStopped = false
  #timer: Cancel = () => {}

  /** `round` must not reject. */
  constructor(clock: Clock, round: () => Promise<void>) {
    this.#clock = clock
    this.#round = round
  }

  get isRunning(): boolean {
    return this.#running !== undefined
  }

  get isStopped(): boolean {
    return this.#isStopped
  }

  /** There may be something to do. */
  wake(): void {
    if (this.#isStopped) return
    this.#isAsked = true
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
      if (this.#isAsked) this.wake()
    })
  }

  /** Unless a round begins before; only the newest of these counts. */
  wakeAfter(delayMs: number): void {
    this.#timer()
    if (!this.#isStopped) this.#timer = this.#clock.after(delayMs, () => this.wake())
  }

  /** A round failed: what was asked for meanwhile would, too, and waits so long. */
  putOff(delayMs: number): void {
    this.#isAsked = false
    this.wakeAfter(delayMs)
  }

  /** For a round that would rather go on itself: whether another was asked for, which it then is. */
  takeAsked(): boolean {
    const isAsked = this.#isAsked && !this.#isStopped
    this.#isAsked = false
    return isAsked
  }

  /** Resolves when all is done that was asked for so far. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running
  }

  /** Ends after the round at hand. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#isAsked = false
    this.#timer()
    await this.idle()
  }

  async #run(): Promise<void> {
    this.#timer()
    this.#isAsked = false
    await this.#round()
  }
}
