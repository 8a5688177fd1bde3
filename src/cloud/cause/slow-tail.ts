/** Whether a few calls take very long, or all take a little longer. Pure. */

/** Calls a minute that took at most `le` ms and more than the bound before; the last `le` is Infinity. */
export interface LatencyBucket {
  readonly le: number
  readonly now: number
  readonly before: number
}

export interface SlowTail {
  /** The bucket that holds most of the additional time, ms. */
  readonly le: number
  /** Of the additional time, 0 to 1. */
  readonly share: number
  /** Of the calls, 0 to 1. */
  readonly trafficShare: number
}

/** The bucket has at least this much of the additional time, with at most so much of the calls. */
const TAIL = { minShare: 0.5, maxTraffic: 0.2, minCalls: 5 }

/** From cumulative counts, as series have them. */
export function bucketsOf(
  counts: readonly { readonly le: number; readonly now: number; readonly before: number }[],
): LatencyBucket[] {
  const sorted = counts.toSorted((a, b) => a.le - b.le)
  return sorted.map(({ le, now, before }, n) => ({
    le,
    now: Math.max(0, now - (sorted[n - 1]?.now ?? 0)),
    before: Math.max(0, before - (sorted[n - 1]?.before ?? 0)),
  }))
}

/** Undefined when the calls are slower on the whole. */
export function slowTailOf(buckets: readonly LatencyBucket[]): SlowTail | undefined {
  const calls = total(buckets.map(({ now }) => now))
  const before = total(buckets.map((bucket) => bucket.before))
  if (calls === 0 || before === 0) return undefined
  const added = buckets.map(({ le, now, before: was }, n) => ({
    le,
    calls: now,
    // The highest bucket is open: its calls took longer than its lower bound.
    timeMs: Math.max(0, now - (was * calls) / before) * middleOf(buckets[n - 1]?.le ?? 0, le),
  }))
  const timeMs = total(added.map((one) => one.timeMs))
  const [most] = added.toSorted((a, b) => b.timeMs - a.timeMs)
  if (!most || timeMs === 0) return undefined
  const tail = { le: most.le, share: most.timeMs / timeMs, trafficShare: most.calls / calls }
  const isTail = tail.share >= TAIL.minShare && tail.trafficShare <= TAIL.maxTraffic
  return isTail && most.calls >= TAIL.minCalls ? tail : undefined
}

function middleOf(lower: number, upper: number): number {
  return Number.isFinite(upper) ? (lower + upper) / 2 : lower
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0)
}
