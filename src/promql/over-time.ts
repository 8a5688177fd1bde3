import { KahanMean, KahanSum } from './kahan.ts'
import { quantileOf } from './quantile.ts'
import type { Window } from './range-series.ts'
import { extrapolatedRate, instantDelta } from './rate.ts'

/** A function of one window that has at least one sample; undefined where it has no answer. */
export type RangeFunction = (window: Window, args: readonly number[]) => number | undefined

export const RANGE_FUNCTIONS: Readonly<Record<string, RangeFunction>> = {
  rate: (window) => extrapolatedRate(window, { counter: true, perSecond: true }),
  increase: (window) => extrapolatedRate(window, { counter: true, perSecond: false }),
  delta: (window) => extrapolatedRate(window, { counter: false, perSecond: false }),
  irate: (window) => instantDelta(window, true),
  idelta: (window) => instantDelta(window, false),
  sum_over_time: sumOverTime,
  avg_over_time: avgOverTime,
  count_over_time: ({ from, to }) => to - from,
  present_over_time: () => 1,
  absent_over_time: () => 1,
  first_over_time: ({ values, from }) => values[from],
  last_over_time: ({ values, to }) => values[to - 1],
  max_over_time: maxOverTime,
  min_over_time: minOverTime,
  stdvar_over_time: varianceOverTime,
  stddev_over_time: (window) => Math.sqrt(varianceOverTime(window)),
  quantile_over_time: (window, [q = Number.NaN]) => quantileOf(q, copyOf(window)),
  changes,
  resets,
  deriv: (window) =>
    window.to - window.from < 2
      ? undefined
      : regression(window, window.times[window.from - window.shift] ?? 0).slope,
  predict_linear: (window, [seconds = 0]) => {
    if (window.to - window.from < 2) return undefined
    const { slope, intercept } = regression(window, window.atMs)
    return slope * seconds + intercept
  },
}

function copyOf({ values, from, to }: Window): Float64Array {
  const copy = new Float64Array(to - from)
  for (let i = from; i < to; i++) copy[i - from] = values[i] ?? 0
  return copy
}

function sumOverTime({ values, from, to }: Window): number {
  const sum = new KahanSum()
  for (let i = from; i < to; i++) sum.add(values[i] ?? 0)
  return Math.abs(sum.sum) === Number.POSITIVE_INFINITY ? sum.sum : sum.total
}

function avgOverTime({ values, from, to }: Window): number {
  const mean = new KahanMean(values[from] ?? 0)
  for (let i = from + 1; i < to; i++) mean.add(values[i] ?? 0)
  return mean.mean
}

function maxOverTime({ values, from, to }: Window): number {
  let max = values[from] ?? 0
  for (let i = from + 1; i < to; i++) {
    const value = values[i] ?? 0
    if (value > max || Number.isNaN(max)) max = value
  }
  return max
}

function minOverTime({ values, from, to }: Window): number {
  let min = values[from] ?? 0
  for (let i = from + 1; i < to; i++) {
    const value = values[i] ?? 0
    if (value < min || Number.isNaN(min)) min = value
  }
  return min
}

function varianceOverTime({ values, from, to }: Window): number {
  const mean = new KahanSum()
  const squares = new KahanSum()
  for (let i = from; i < to; i++) {
    const value = values[i] ?? 0
    const delta = value - mean.total
    mean.add(delta / (i - from + 1))
    squares.add(delta * (value - mean.total))
  }
  return squares.total / (to - from)
}

function changes({ values, from, to }: Window): number {
  let count = 0
  for (let i = from + 1; i < to; i++) {
    const [before, value] = [values[i - 1] ?? 0, values[i] ?? 0]
    if (value !== before && !(Number.isNaN(value) && Number.isNaN(before))) count++
  }
  return count
}

function resets({ values, from, to }: Window): number {
  let count = 0
  for (let i = from + 1; i < to; i++) if ((values[i] ?? 0) < (values[i - 1] ?? 0)) count++
  return count
}

/** Least squares of the window's samples over seconds since `originMs`. */
function regression({ times, values, from, to, shift }: Window, originMs: number) {
  const [sumX, sumY, sumXY, sumX2] = [
    new KahanSum(),
    new KahanSum(),
    new KahanSum(),
    new KahanSum(),
  ]
  const first = values[from] ?? 0
  let constant = true
  for (let i = from; i < to; i++) {
    const value = values[i] ?? 0
    if (i > from && value !== first) constant = false
    const x = ((times[i - shift] ?? 0) - originMs) / 1000
    sumX.add(x)
    sumY.add(value)
    sumXY.add(x * value)
    sumX2.add(x * x)
  }
  if (constant) {
    const level = Math.abs(first) === Number.POSITIVE_INFINITY ? Number.NaN : first
    return { slope: Number.isNaN(level) ? Number.NaN : 0, intercept: level }
  }
  const n = to - from
  const covariance = sumXY.total - (sumX.total * sumY.total) / n
  const slope = covariance / (sumX2.total - (sumX.total * sumX.total) / n)
  return { slope, intercept: sumY.total / n - (slope * sumX.total) / n }
}
