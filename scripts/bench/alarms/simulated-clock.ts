/** A clock that is told what time it is. */
import type { UnixMs } from '../../../src/model/time.ts'
import type { Cancel, Clock } from '../../../src/support/clock.ts'

interface Timer {
  readonly dueMs: UnixMs
  readonly task: () => void
}

export class SimulatedClock implements Clock {
  #now = 0
  readonly #timers = new Set<Timer>()

  now(): number {
    return this.#now
  }

  after(delayMs: number, task: () => void): Cancel {
    const timer = { dueMs: this.#now + delayMs, task }
    this.#timers.add(timer)
    return () => void this.#timers.delete(timer)
  }

  /** What is due before `now` is done first, each at its time and after what the one before it began has `settled`. */
  async set(now: UnixMs, settled: () => Promise<void>): Promise<void> {
    for (;;) {
      const [next] = [...this.#timers].sort((a, b) => a.dueMs - b.dueMs)
      if (!next || next.dueMs >= now) break
      this.#timers.delete(next)
      this.#now = Math.max(this.#now, next.dueMs)
      next.task()
      await settled()
    }
    this.#now = now
  }
}
