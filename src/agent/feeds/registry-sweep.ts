/** A round of calls over a list that may be too long for one round: the next goes on where this one ended. */

import type { UnixMs } from '../../model/time.ts'
import type { Clock } from '../../support/clock.ts'

export interface SweepLimits {
  /** Of one round. */
  readonly maxItems: number
  /** No call begins from then on. */
  readonly untilMs: UnixMs
}

const CONCURRENCY = 4

export class Sweep {
  readonly #clock: Clock
  #next = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Runs `task` for each item, four at a time; rejects when one does. Returns how many were left out. */
  async run<T>(
    items: readonly T[],
    { maxItems, untilMs }: SweepLimits,
    task: (item: T) => Promise<void>,
  ): Promise<number> {
    const first = this.#next % Math.max(1, items.length)
    const queue = [...items.slice(first), ...items.slice(0, first)].slice(0, maxItems)
    let begun = 0
    const work = async (): Promise<void> => {
      while (begun < queue.length && this.#clock.now() < untilMs) {
        const item = queue[begun++]
        if (item !== undefined) await task(item)
      }
    }
    try {
      await Promise.all(Array.from({ length: CONCURRENCY }, work))
    } finally {
      // The others begin no more.
      queue.length = 0
    }
    this.#next = first + begun
    return items.length - begun
  }
}
