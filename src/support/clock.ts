/** Time as an argument: everything asks a `Clock`, only this file asks the machine. */

/** Cancels a timer; harmless when it has run. */
export type Cancel = () => void

export interface Clock {
  /** Milliseconds since the Unix epoch, an integer. */
  now(): number
  /** Runs `task` once, `delayMs` of this clock from now. Does not keep the process alive. */
  after(delayMs: number, task: () => void): Cancel
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, task) {
    const timer = setTimeout(task, Math.min(Math.max(0, delayMs), 2 ** 31 - 1))
    timer.unref()
    return () => clearTimeout(timer)
  },
}

/** At machine time `realMs` this clock shows `shownMs` and runs `speed` times as fast, until `stopAtMs`. */
export interface ClockPlan {
  readonly realMs: number
  readonly shownMs: number
  /** 0 holds the clock. */
  readonly speed: number
  /** The clock shows this at the most. */
  readonly stopAtMs?: number
}

interface Timer {
  readonly dueMs: number
  readonly task: () => void
  cancel: Cancel
}

/**
 * A clock that several processes of one machine share: each follows the same plan.
 * Exists for the demo, which plays minutes in seconds; timers keep their due time over a new plan.
 */
export class SteeredClock implements Clock {
  #plan: ClockPlan
  readonly #timers = new Set<Timer>()

  constructor(plan: ClockPlan) {
    this.#plan = plan
  }

  now(): number {
    return Math.floor(this.#shownMs())
  }

  after(delayMs: number, task: () => void): Cancel {
    const timer: Timer = { dueMs: this.now() + delayMs, task, cancel: () => {} }
    this.#timers.add(timer)
    this.#arm(timer)
    return () => {
      timer.cancel()
      this.#timers.delete(timer)
    }
  }

  steer(plan: ClockPlan): void {
    this.#plan = plan
    for (const timer of this.#timers) {
      timer.cancel()
      this.#arm(timer)
    }
  }

  /** With its fraction, as of a speed of 7.5. */
  #shownMs(): number {
    const { realMs, shownMs, speed, stopAtMs } = this.#plan
    const now = shownMs + (Date.now() - realMs) * speed
    return stopAtMs === undefined ? now : Math.min(now, stopAtMs)
  }

  #arm(timer: Timer): void {
    const { speed, stopAtMs } = this.#plan
    // A held clock never gets there: the timer waits for the next plan.
    if (speed === 0 || (stopAtMs !== undefined && timer.dueMs > stopAtMs)) {
      timer.cancel = () => {}
      return
    }
    timer.cancel = systemClock.after((timer.dueMs - this.#shownMs()) / speed, () => {
      if (this.#shownMs() < timer.dueMs) return this.#arm(timer)
      this.#timers.delete(timer)
      timer.task()
    })
  }
}
