/** Ascending, NaN first: the order in which Prometheus ranks values. */
export function sortedNanFirst(values: Float64Array): Float64Array {
  // Typed arrays sort numerically with NaN last.
  const sorted = values.sort()
  let nans = 0
  while (nans < sorted.length && Number.isNaN(sorted[sorted.length - 1 - nans])) nans++
  if (nans === 0) return sorted
  const shifted = new Float64Array(sorted.length).fill(Number.NaN, 0, nans)
  shifted.set(sorted.subarray(0, sorted.length - nans), nans)
  return shifted
}

/** The φ-quantile of values (reordered), between neighbours by weight. Outside 0…1: ±Inf; NaN of none. */
export function quantileOf(q: number, values: Float64Array): number {
  if (values.length === 0 || Number.isNaN(q)) return Number.NaN
  if (q < 0) return Number.NEGATIVE_INFINITY
  if (q > 1) return Number.POSITIVE_INFINITY
  const sorted = sortedNanFirst(values)
  const rank = q * (sorted.length - 1)
  const lower = Math.max(0, Math.floor(rank))
  const upper = Math.min(sorted.length - 1, lower + 1)
  const weight = rank - Math.floor(rank)
  return (sorted[lower] ?? 0) * (1 - weight) + (sorted[upper] ?? 0) * weight
}

export interface Bucket {
  readonly upperBound: number
  count: number
}

export interface BucketQuantile {
  readonly value: number
  /** Set when counts fell from one bucket to the next. */
  readonly forced?: { minBucket: number; maxBucket: number; maxDiff: number }
}

/** Relative differences of neighbouring counts below this are rounding. */
const TOLERANCE = 1e-12
const MIN_NORMAL = 2.2250738585072014e-308

/** The φ-quantile of a classic histogram's cumulative buckets, interpolated linearly. */
export function bucketQuantile(q: number, unsorted: Bucket[]): BucketQuantile {
  if (Number.isNaN(q)) return { value: Number.NaN }
  if (q < 0) return { value: Number.NEGATIVE_INFINITY }
  if (q > 1) return { value: Number.POSITIVE_INFINITY }
  const buckets = coalesced(unsorted)
  if (!buckets) return { value: Number.NaN }
  const forced = makeMonotonic(buckets)
  return { value: interpolate(q, buckets), ...(forced && { forced }) }
}

/** Sorted and with equal bounds added up; undefined without a bucket for +Inf. */
function coalesced(buckets: Bucket[]): Bucket[] | undefined {
  buckets.sort((a, b) => (a.upperBound < b.upperBound ? -1 : a.upperBound > b.upperBound ? 1 : 0))
  if (buckets.at(-1)?.upperBound !== Number.POSITIVE_INFINITY) return undefined
  const merged: Bucket[] = []
  for (const bucket of buckets) {
    const last = merged.at(-1)
    if (last?.upperBound === bucket.upperBound) last.count += bucket.count
    else merged.push({ ...bucket })
  }
  return merged
}

function almostEqual(a: number, b: number): boolean {
  if (a === b) return true
  const sum = Math.abs(a) + Math.abs(b)
  const diff = Math.abs(a - b)
  if (a === 0 || b === 0 || sum < MIN_NORMAL) return diff < TOLERANCE * MIN_NORMAL
  return diff / Math.min(sum, Number.MAX_VALUE) < TOLERANCE
}

function makeMonotonic(buckets: Bucket[]): BucketQuantile['forced'] {
  let forced: BucketQuantile['forced']
  let previous = buckets[0]?.count ?? 0
  for (const bucket of buckets) {
    const { count, upperBound } = bucket
    if (count === previous) continue
    if (almostEqual(previous, count)) {
      bucket.count = previous
    } else if (count < previous) {
      bucket.count = previous
      forced = {
        minBucket: Math.min(upperBound, forced?.minBucket ?? upperBound),
        maxBucket: Math.max(upperBound, forced?.maxBucket ?? upperBound),
        maxDiff: Math.max(previous - count, forced?.maxDiff ?? 0),
      }
    } else {
      previous = count
    }
  }
  return forced
}

function interpolate(q: number, buckets: readonly Bucket[]): number {
  const last = buckets.length - 1
  const observations = buckets[last]?.count ?? 0
  if (last < 1 || observations === 0) return Number.NaN
  const rank = q * observations
  const at = searchRank(buckets, rank)
  const { upperBound = 0, count = 0 } = buckets[at] ?? {}
  if (at === last) return buckets[last - 1]?.upperBound ?? Number.NaN
  if (at === 0 && upperBound <= 0) return upperBound
  const below = buckets[at - 1] ?? { upperBound: 0, count: 0 }
  const share = (rank - below.count) / (count - below.count)
  return below.upperBound + (upperBound - below.upperBound) * share
}

/** The first bucket that holds the rank, by bisection (counts may be NaN). */
function searchRank(buckets: readonly Bucket[], rank: number): number {
  let low = 0
  let high = buckets.length - 1
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((buckets[middle]?.count ?? 0) >= rank) high = middle
    else low = middle + 1
  }
  return low
}

/** The share of observations in `(lower, upper]` of a classic histogram, interpolated linearly. */
export function bucketFraction(lower: number, upper: number, unsorted: Bucket[]): number {
  const buckets = coalesced(unsorted)
  const count = buckets?.at(-1)?.count ?? 0
  if (!buckets || count === 0 || Number.isNaN(lower) || Number.isNaN(upper)) return Number.NaN
  if (lower >= upper) return 0
  return (rankBelow(upper, buckets, count) - rankBelow(lower, buckets, count)) / count
}

/** How many observations are below a value. */
function rankBelow(value: number, buckets: readonly Bucket[], count: number): number {
  let lowerBound = (buckets[0]?.upperBound ?? 0) <= 0 ? Number.NEGATIVE_INFINITY : 0
  let rank = 0
  for (const bucket of buckets) {
    if (lowerBound >= value) return rank > count ? count : rank
    if (bucket.upperBound > value) {
      if (lowerBound === Number.NEGATIVE_INFINITY) return Math.min(bucket.count, count)
      const share = (bucket.count - rank) * (value - lowerBound)
      const found = rank + share / (bucket.upperBound - lowerBound)
      return found > count ? count : found
    }
    rank = bucket.count
    lowerBound = bucket.upperBound
  }
  return count
}
