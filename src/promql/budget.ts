import type { Clock } from '../support/clock.ts'
import { Slices } from '../support/turns.ts'
import { PromqlError } from './failure.ts'
import type { Pace } from './source.ts'

export interface Limits {
  /** Samples read and computed, intermediate results included. */
  readonly maxSamples: number
  /** Series of all selectors together. */
  readonly maxSeries: number
  readonly maxResultSamples: number
  readonly timeoutMs: number
}

export const DEFAULT_LIMITS: Limits = {
  maxSamples: 50_000_000,
  maxSeries: 500_000,
  maxResultSamples: 11_000_000,
  timeoutMs: 120_000,
}

/** An AbortSignal, or a flag in memory shared with another thread. */
export interface Signal {
  readonly aborted: boolean
}

/** Samples worked on between two looks at the time: well below a millisecond. */
const LOOK_EVERY = 8192
/** As much work as this many samples is a series in itself. */
export const SERIES_WORK = 16

/** What one query may still use. */
export class Budget {
  readonly #limits: Limits
  readonly #clock: Clock
  readonly #signal: Signal | undefined
  readonly #deadlineMs: number
  #samples = 0
  #series = 0
  #work = 0
  readonly #slices = new Slices()

  constructor(limits: Limits, clock: Clock, signal?: Signal) {
    this.#limits = limits
    this.#clock = clock
    this.#signal = signal
    this.#deadlineMs = clock.now() + limits.timeoutMs
  }

  takeSamples(count: number): void {
    this.#samples += count
    this.#checkSamples(this.#samples)
  }

  /** For one reading of the source; what it found is taken when it is there. */
  newPace(): Pace {
    let allSeries = 0
    let allSamples = 0
    return {
      read: (series, samples) => {
        allSeries += series
        allSamples += samples
        this.#checkSeries(this.#series + allSeries)
        this.#checkSamples(this.#samples + allSamples)
        return this.tick(samples + SERIES_WORK)
      },
    }
  }

  #checkSamples(samples: number): void {
    if (samples > this.#limits.maxSamples) {
      throw new PromqlError(
        'too_many_samples',
        'query processing would load too many samples into memory in query execution',
      )
    }
  }

  takeSeries(count: number): void {
    this.#series += count
    this.#checkSeries(this.#series)
  }

  #checkSeries(series: number): void {
    if (series > this.#limits.maxSeries) {
      throw new PromqlError(
        'too_many_series',
        `query selects more than ${this.#limits.maxSeries} series in query execution`,
      )
    }
  }

  checkResult(samples: number): void {
    const { maxResultSamples } = this.#limits
    if (samples > maxResultSamples) {
      throw new PromqlError(
        'result_too_large',
        `query result has ${samples} samples, more than ${maxResultSamples}`,
      )
    }
  }

  /**
   * To be called in loops, with about how many samples were worked on: looks at time and signal now and then.
   * What it returns is to be waited for before the work goes on.
   */
  tick(samples = 1): Promise<void> | undefined {
    this.#work += samples
    if (this.#work < LOOK_EVERY) return undefined
    this.#work = 0
    this.check()
    return this.#slices.areOver ? this.#slices.rest() : undefined
  }

  check(): void {
    if (this.#signal?.aborted) {
      throw new PromqlError('canceled', 'query was canceled in expression evaluation')
    }
    if (this.#clock.now() > this.#deadlineMs) {
      throw new PromqlError('timeout', 'query timed out in expression evaluation')
    }
  }
}
