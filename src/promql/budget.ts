import type { Clock } from '../support/clock.ts'
import type { Turns, Work } from '../support/turns.ts'
import { PromqlError } from './failure.ts'

export interface Limits {
  /** Samples the source gave and those computed, intermediate results included. */
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

/** Work between two looks at the time, in samples: some tenths of a millisecond. */
export const LOOK_EVERY = 8192
/** What a series is in itself, in samples: its labels are looked at. */
export const SERIES_WORK = 16

/** What one query may still use. */
export class Budget {
  readonly #limits: Limits
  readonly #clock: Clock
  readonly #signal: Signal | undefined
  readonly #deadlineMs: number
  readonly #turns: Turns
  #samples = 0
  #series = 0
  #work = 0

  constructor(limits: Limits, clock: Clock, turns: Turns, signal?: Signal) {
    this.#limits = limits
    this.#clock = clock
    this.#turns = turns
    this.#signal = signal
    this.#deadlineMs = clock.now() + limits.timeoutMs
  }

  takeSamples(count: number): void {
    this.#samples += count
    if (this.#samples > this.#limits.maxSamples) {
      throw new PromqlError(
        'too_many_samples',
        'query processing would load too many samples into memory in query execution',
      )
    }
  }

  takeSeries(count: number): void {
    this.#series += count
    if (this.#series > this.#limits.maxSeries) {
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
   * To be called in loops, with how many samples were worked on: looks at time and signal now and then.
   * True: others are to have their turn, `yield`.
   */
  worked(samples: number): boolean {
    this.#work += samples
    return this.#work >= LOOK_EVERY && this.#isTurnOver()
  }

  /** Does a row after the other, each of so many samples; others get their turn in between. */
  *each(rows: number, samplesARow: number, work: (row: number) => void): Work<void> {
    const atOnce = Math.max(1, Math.floor(LOOK_EVERY / samplesARow))
    for (let from = 0; from < rows; from += atOnce) {
      const to = Math.min(rows, from + atOnce)
      doRows(from, to, work)
      if (this.worked((to - from) * samplesARow)) yield
    }
  }

  #isTurnOver(): boolean {
    this.#work = 0
    this.check()
    return this.#turns.isOver
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

function doRows(from: number, to: number, work: (row: number) => void): void {
  for (let row = from; row < to; row++) work(row)
}
