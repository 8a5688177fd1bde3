import type { Window } from './range-series.ts'

interface RateKind {
  readonly counter: boolean
  readonly perSecond: boolean
}

/** rate, increase and delta: the growth within the window, extrapolated to its edges. */
export function extrapolatedRate(window: Window, kind: RateKind): number | undefined {
  const { times, values, from, to, shift, endMs, rangeMs } = window
  const gaps = to - from - 1
  if (gaps < 1) return undefined
  const first = values[from] ?? 0
  let growth = (values[to - 1] ?? 0) - first
  if (kind.counter) growth += lostInResets(window)
  const firstMs = times[from - shift] ?? 0
  const lastMs = times[to - 1 - shift] ?? 0
  const sampledS = (lastMs - firstMs) / 1000
  const gapS = sampledS / gaps
  const toStartS = (firstMs - (endMs - rangeMs)) / 1000
  const toEndS = (endMs - lastMs) / 1000
  // A series that reaches this near to an edge is taken to go on to it.
  const threshold = gapS * 1.1
  let startS = toStartS >= threshold ? gapS / 2 : toStartS
  const endS = toEndS >= threshold ? gapS / 2 : toEndS
  if (kind.counter && growth > 0 && first >= 0) {
    // A counter was not below zero before.
    const toZeroS = sampledS * (first / growth)
    if (toZeroS < startS) startS = toZeroS
  }
  let factor = sampledS === 0 ? 1 : (sampledS + startS + endS) / sampledS
  if (kind.perSecond) factor /= rangeMs / 1000
  return growth * factor
}

function lostInResets({ values, from, to }: Window): number {
  let lost = 0
  for (let i = from + 1; i < to; i++) {
    const before = values[i - 1] ?? 0
    if ((values[i] ?? 0) < before) lost += before
  }
  return lost
}

/** irate and idelta: from the last two samples. */
export function instantDelta(
  { times, values, from, to, shift }: Window,
  rate: boolean,
): number | undefined {
  if (to - from < 2) return undefined
  const last = values[to - 1] ?? 0
  const before = values[to - 2] ?? 0
  const gapMs = (times[to - 1 - shift] ?? 0) - (times[to - 2 - shift] ?? 0)
  if (gapMs === 0) return undefined
  const growth = rate && last < before ? last : last - before
  return rate ? growth / (gapMs / 1000) : growth
}
