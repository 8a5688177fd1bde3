import { PromqlError } from '../../../promql/index.ts'
import { SeriesFailure } from '../failure.ts'

/** So many at a time; the others wait, in order, and only so many of them. */
export class Lane {
  readonly #atOnce: number
  readonly #maxWaiting: number
  #waiting: (() => void)[] = []
  #running = 0

  constructor(atOnce: number, maxWaiting: number) {
    this.#atOnce = atOnce
    this.#maxWaiting = maxWaiting
  }

  /** Rejects with `SeriesFailure` `busy` when too many wait, with `PromqlError` `canceled` when aborted in the queue. */
  async run<Result>(signal: AbortSignal | undefined, work: () => Promise<Result>): Promise<Result> {
    if (this.#running >= this.#atOnce) await this.#place(signal)
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

  #place(signal: AbortSignal | undefined): Promise<void> {
    const { length } = this.#waiting
    if (length >= this.#maxWaiting) {
      const message = `${length} queries wait already`
      return Promise.reject(new SeriesFailure('busy', message, { retryable: true }))
    }
    return new Promise((resolve, reject) => {
      const canceled = () => {
        this.#waiting = this.#waiting.filter((one) => one !== begin)
        reject(new PromqlError('canceled', 'query was canceled in query queue'))
      }
      const begin = () => {
        signal?.removeEventListener('abort', canceled)
        resolve()
      }
      if (signal?.aborted) return canceled()
      signal?.addEventListener('abort', canceled, { once: true })
      this.#waiting.push(begin)
    })
  }
}
