import type { Cancel, Clock } from '../support/clock.ts'

/** Another clock put right: what it shows is corrected, its timers run as they do there. */
export class CorrectedClock implements Clock {
  readonly #base: Clock
  readonly #correctionMs: () => number

  /** `correctionMs` is asked each time; it is added. */
  constructor(base: Clock, correctionMs: () => number) {
    this.#base = base
    this.#correctionMs = correctionMs
  }

  now(): number {
    return Math.round(this.#base.now() + this.#correctionMs())
  }

  after(delayMs: number, task: () => void): Cancel {
    return this.#base.after(delayMs, task)
  }
}
