/** By how much our clock is put right. Pure. All in ms; an offset is added to our clock. */

/** Less is not worth a jump, and networks measure no better. */
export const SKEW_TOLERATED_MS = 2_000

export interface Correction {
  readonly appliedMs: number
  /** The measurement before asked for another correction, too. */
  readonly isDoubted: boolean
}

export const NO_CORRECTION: Correction = { appliedMs: 0, isDoubted: false }

/** Before the first measurement, which counts at once: what has a wrong time must not go out meanwhile. */
export const UNMEASURED: Correction = { appliedMs: 0, isDoubted: true }

/** After a measurement: another correction only when two in a row ask for it. */
export function corrected({ appliedMs, isDoubted }: Correction, measuredMs: number): Correction {
  const differs = Math.abs(measuredMs - appliedMs) > SKEW_TOLERATED_MS
  if (!differs || !isDoubted) return { appliedMs, isDoubted: differs }
  const isSkewed = Math.abs(measuredMs) > SKEW_TOLERATED_MS
  return { appliedMs: isSkewed ? measuredMs : 0, isDoubted: false }
}

const MAX_MEASURED = 5
/** A longer way there and back says too little. */
const MAX_ROUND_TRIP_MS = 2_000

/** The offsets of the last heartbeats. */
export class SkewMeter {
  #offsetsMs: number[] = []
  #correction = UNMEASURED

  /** Cloud's clock minus ours, the median; undefined before the first measurement. */
  get offsetMs(): number | undefined {
    const sorted = this.#offsetsMs.toSorted((a, b) => a - b)
    return sorted[Math.floor(sorted.length / 2)]
  }

  /** To be added to our clock; 0 while it is right. */
  get correctionMs(): number {
    return this.#correction.appliedMs
  }

  /** When we asked and had the answer, by our clock, and what the cloud's clock showed in between. */
  measure(askedAt: number, answeredAt: number, serverTimeMs: number): void {
    const roundTripMs = answeredAt - askedAt
    if (roundTripMs < 0 || roundTripMs >= MAX_ROUND_TRIP_MS) return
    const offsetMs = Math.round(serverTimeMs - (askedAt + answeredAt) / 2)
    this.#offsetsMs = [...this.#offsetsMs, offsetMs].slice(-MAX_MEASURED)
    // Not the median: when somebody has put the clock right, ours is wrong until we follow.
    this.#correction = corrected(this.#correction, offsetMs)
  }
}
