import type { UnixMs } from '../model/time.ts'
import type { Grid } from './frame.ts'
import { instantOf } from './frame.ts'
import type { Metric } from './metric.ts'

/** Samples of one series without stale markers, ascending. */
export interface RangeSeries {
  readonly metric: Metric
  readonly times: ArrayLike<number>
  readonly values: ArrayLike<number>
}

/** Range vectors at all instants of a grid: the windows slide over each series. */
export interface Ranges {
  readonly series: readonly RangeSeries[]
  readonly rangeMs: number
  readonly offsetMs: number
  /** Where `@` holds the window. */
  readonly atMs?: UnixMs
  readonly distinctNameless: boolean
  /** Of a subquery: at a single instant all samples are in the window. */
  readonly subquery: boolean
}

/** The samples in `(endMs - rangeMs, endMs]`: those from index `from` to before `to`. */
export interface Window {
  times: ArrayLike<number>
  values: ArrayLike<number>
  from: number
  to: number
  endMs: UnixMs
  rangeMs: number
  /** The instant of evaluation. */
  atMs: UnixMs
}

export function windowOf({ rangeMs }: Ranges): Window {
  return { times: [], values: [], from: 0, to: 0, endMs: 0, rangeMs, atMs: 0 }
}

/** Moves the window to a series; `slide` then moves it from instant to instant. */
export function enter(window: Window, series: RangeSeries): void {
  window.times = series.times
  window.values = series.values
  window.from = 0
  window.to = 0
}

export function slide(window: Window, ranges: Ranges, grid: Grid, step: number): void {
  const { times } = window
  const atMs = instantOf(grid, step)
  const endMs = (ranges.atMs ?? atMs) - ranges.offsetMs
  if (step === 0) {
    window.from = firstAfter(times, endMs - ranges.rangeMs)
    window.to = firstAfter(times, endMs)
  } else {
    while (window.from < times.length && (times[window.from] ?? 0) <= endMs - ranges.rangeMs) {
      window.from++
    }
    while (window.to < times.length && (times[window.to] ?? 0) <= endMs) window.to++
  }
  window.endMs = endMs
  window.atMs = atMs
}

/** The index of the first time later than `ms`. */
export function firstAfter(times: ArrayLike<number>, ms: UnixMs): number {
  let low = 0
  let high = times.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((times[middle] ?? 0) <= ms) low = middle + 1
    else high = middle
  }
  return low
}
