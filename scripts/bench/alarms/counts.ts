/** Counts as a process reports them, drawn from what is to be expected of its calls. */
import { LATENCY_BOUNDS_MS, LATENCY_BUCKETS, type StatValues } from '../../../src/model/stat.ts'
import { TIMEOUT_MS } from './disturbance.ts'
import { clamp, normalShare, type Random } from './random.ts'

export interface Expected {
  /** A number that is known. */
  readonly calls: number
  /** Shares of the calls. */
  readonly exceptions: number
  readonly timeouts: number
  /** Of calls that are answered, lognormal. */
  readonly meanMs: number
  readonly sigma: number
}

const LOG_BOUNDS = LATENCY_BOUNDS_MS.map((bound) => Math.log(bound))

export function drawCounts(
  { calls, meanMs, sigma, ...shares }: Expected,
  random: Random,
): StatValues {
  const exceptions = random.binomial(calls, Math.min(1, shares.exceptions))
  const timeouts = random.binomial(calls - exceptions, Math.min(1, shares.timeouts))
  const ok = calls - exceptions - timeouts
  const deviation = Math.sqrt((Math.exp(sigma * sigma) - 1) / Math.max(1, ok))
  const sumMs = ok * meanMs * Math.max(0.2, 1 + deviation * random.normal())
  const mu = Math.log(meanMs) - (sigma * sigma) / 2
  const extreme = Math.sqrt(2 * Math.log(ok + 1)) + 0.4 * random.normal()
  const longestMs = Math.min(TIMEOUT_MS, Math.exp(mu + sigma * Math.max(0, extreme)))
  return {
    ...{ calls, timeouts, exceptions, durationSumMs: Math.round(sumMs) },
    durationMaxMs: ok > 0 ? Math.round(Math.max(longestMs, sumMs / ok)) : 0,
    buckets: bucketsOf(ok, { mu, sigma }, random),
  }
}

function bucketsOf(
  count: number,
  { mu, sigma }: { readonly mu: number; readonly sigma: number },
  random: Random,
): number[] {
  const buckets = new Array<number>(LATENCY_BUCKETS).fill(0)
  let below = 0
  for (let bucket = 0; bucket < LOG_BOUNDS.length; bucket++) {
    const share = normalShare(((LOG_BOUNDS[bucket] as number) - mu) / sigma)
    const isSure = share > 0.9999 || share < 0.0001
    // Half of the deviation: neighbouring buckets vary together.
    const noise = isSure ? 0 : 0.5 * Math.sqrt(count * share * (1 - share)) * random.normal()
    const upTo = clamp(Math.round(count * share + noise), below, count)
    buckets[bucket] = upTo - below
    below = upTo
  }
  buckets[LATENCY_BUCKETS - 1] = count - below
  return buckets
}

/** What the server says of the same: it knows of no time-outs, it answers late. */
export function served(values: StatValues): StatValues {
  const { timeouts, durationSumMs, durationMaxMs, buckets } = values
  if (timeouts === 0) return values
  return {
    ...{ ...values, timeouts: 0, durationSumMs: durationSumMs + timeouts * TIMEOUT_MS },
    durationMaxMs: Math.max(durationMaxMs, TIMEOUT_MS),
    buckets: buckets.with(-1, (buckets.at(-1) ?? 0) + timeouts),
  }
}
