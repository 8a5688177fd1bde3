import { SeriesFailure } from './failure.ts'

/** So many at a time; the others wait, in order, and only so many of them. */
export class Lane {
  readonly #atOnce: number
  readonly #maxWaiting: number
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(atOnce: number, maxWaiting: number) {
    this.#atOnce = atOnce
    this.#maxWaiting = maxWaiting
  }

  /** Rejects with `SeriesFailure` (`busy`) when too many wait. */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#running >= this.#atOnce) await this.#place()
    else this.#running++
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      // The place goes from hand to hand.
      if (next) next()
      else this.#running--
    }
  }

  #place(): Promise<void> {
    if (this.#waiting.length >= this.#maxWaiting) {
      const message = `${this.#waiting.length} queries wait already`
      return Promise.reject(new SeriesFailure('busy', message, { retryable: true }))
    }
    return new Promise((resolve) => this.#waiting.push(resolve))
  }
}
