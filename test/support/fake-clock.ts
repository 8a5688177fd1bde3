import type { Cancel, Clock } from '../../src/support/clock.ts'

/** A clock that stands still until a test moves it. */
export class FakeClock implements Clock {
  #now: number
  readonly #timers = new Set<{ due: number; task: () => void }>()

  constructor(now = 0) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  after(delayMs: number, task: () => void): Cancel {
    const timer = { due: this.#now + delayMs, task }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** Timers run when they would have. */
  setBack(byMs: number): void {
    this.#now -= byMs
    for (const timer of this.#timers) timer.due -= byMs
  }

  /** Moves to `at` and runs what falls due on the way, in order. */
  moveTo(at: number): void {
    for (;;) {
      const next = [...this.#timers].sort((a, b) => a.due - b.due)[0]
      if (!next || next.due > at) break
      this.#timers.delete(next)
      this.#now = Math.max(this.#now, next.due)
      next.task()
    }
    this.#now = Math.max(this.#now, at)
  }

  advance(byMs: number): void {
    this.moveTo(this.#now + byMs)
  }
}
