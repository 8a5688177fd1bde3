/** How fast at the most. Pure. */
export interface PaceLimits {
  readonly batchesPerSecond: number
  readonly bytesPerSecond: number
}

export class Pace {
  readonly #limits: PaceLimits
  #nextAt = 0
  /** What the last batch cost: no wait is longer, also when the clock was set back. */
  #costMs = 0

  constructor(limits: PaceLimits) {
    this.#limits = limits
  }

  waitMs(now: number): number {
    return Math.min(this.#costMs, Math.max(0, this.#nextAt - now))
  }

  sent(bytes: number, now: number): void {
    const { batchesPerSecond, bytesPerSecond } = this.#limits
    this.#costMs = 1000 * Math.max(1 / batchesPerSecond, bytes / bytesPerSecond)
    this.#nextAt = now + this.#costMs
  }
}
