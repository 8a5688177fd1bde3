/** How often a robot may speak. */

import type { UnixMs } from '../../../model/time.ts'
import { isOver } from '../../../support/backoff.ts'

/** At most `count` messages in any `perMs`. */
export interface Limit {
  readonly count: number
  readonly perMs: number
}

/**
 * What one robot has said lately: exact in every window, where a bucket of tokens would let twice as much
 * pass in its first minute. Lives in memory: after a restart the peer's own limit holds.
 */
export class Budget {
  readonly #limits: readonly Limit[]
  readonly #most: number
  readonly #spokenAt: UnixMs[] = []
  #restsUntil = -Infinity
  #restMs = 0

  constructor(limits: readonly Limit[]) {
    this.#limits = limits
    this.#most = Math.max(...limits.map(({ count }) => count))
  }

  /** How long to wait; 0: it may speak now. */
  waitMs(now: UnixMs): number {
    const waits = this.#limits.map(({ count, perMs }) =>
      left((this.#spokenAt.at(-count) ?? -Infinity) + perMs, now, perMs),
    )
    return Math.max(left(this.#restsUntil, now, this.#restMs), ...waits)
  }

  /** When it spoke last; -Infinity: never. */
  get spokeAt(): UnixMs {
    return this.#spokenAt.at(-1) ?? -Infinity
  }

  spoke(now: UnixMs): void {
    this.#spokenAt.push(now)
    if (this.#spokenAt.length > this.#most) this.#spokenAt.shift()
  }

  /** Not before `now + forMs`, whatever the limits say. */
  rest(now: UnixMs, forMs: number): void {
    this.#restsUntil = now + forMs
    this.#restMs = forMs
  }
}

function left(untilMs: number, now: UnixMs, longestMs: number): number {
  return isOver(untilMs, now, longestMs) ? 0 : untilMs - now
}
