import type { UnixMs } from '../model/time.ts'
import type { Grid } from './frame.ts'
import { instantOf } from './frame.ts'
import type { Metric } from './metric.ts'
import { isStale } from './source.ts'

/** Samples of one series, ascending. */
export interface Samples {
  readonly times: ArrayLike<number>
  readonly values: ArrayLike<number>
  /** See `SeriesData`. */
  readonly piece?: Float64Array
  readonly from?: number
}

/** Range vectors at all instants of a grid: the windows slide over each series. */
export interface Ranges {
  readonly series: readonly Samples[]
  readonly metricOf: (series: number) => Metric
  readonly nameOf: (series: number) => string
  readonly rangeMs: number
  readonly offsetMs: number
  /** Where `@` holds the window. */
  readonly atMs: UnixMs | undefined
  readonly distinctNameless: boolean
  /** Of a subquery: at a single instant all samples are in the window. */
  readonly subquery: boolean
}

/** The samples in `(endMs - rangeMs, endMs]`: those from index `from` to before `to` of the values. */
export interface Window {
  times: ArrayLike<number>
  values: ArrayLike<number>
  from: number
  to: number
  /** A value's index is so much larger than that of its time. */
  shift: number
  endMs: UnixMs
  rangeMs: number
  /** The instant of evaluation. */
  atMs: UnixMs
}

/** The windows of one series after the other. What has the same times as the one before has the same windows. */
export class Windows {
  readonly #ranges: Ranges
  readonly #grid: Grid
  readonly #window: Window
  readonly #froms: Int32Array
  readonly #tos: Int32Array

  constructor(ranges: Ranges, grid: Grid) {
    const { rangeMs } = ranges
    this.#ranges = ranges
    this.#grid = grid
    this.#window = { times: [], values: [], from: 0, to: 0, shift: 0, endMs: 0, rangeMs, atMs: 0 }
    this.#froms = new Int32Array(grid.steps)
    this.#tos = new Int32Array(grid.steps)
  }

  /** Goes to a series, its stale markers left out. */
  enter(series: Samples): void {
    const window = this.#window
    const { times, piece, from } = series
    window.shift = piece ? (from ?? 0) : 0
    window.values = piece ?? series.values
    if (!this.#ranges.subquery && hasStale(window.values, window.shift, times.length)) {
      const rest = withoutStale(times, series.values)
      window.shift = 0
      window.values = rest.values
      this.#find(rest.times)
    } else if (times !== window.times) this.#find(times)
  }

  /** The window at a step; the same object each time. */
  at(step: number): Window {
    const window = this.#window
    window.from = (this.#froms[step] as number) + window.shift
    window.to = (this.#tos[step] as number) + window.shift
    window.atMs = instantOf(this.#grid, step)
    window.endMs = (this.#ranges.atMs ?? window.atMs) - this.#ranges.offsetMs
    return window
  }

  #find(times: ArrayLike<number>): void {
    this.#window.times = times
    const { rangeMs, offsetMs, atMs } = this.#ranges
    const { startMs, steps, stepMs } = this.#grid
    let endMs = (atMs ?? startMs) - offsetMs
    let from = firstAfter(times, endMs - rangeMs)
    let to = firstAfter(times, endMs)
    for (let step = 0; step < steps; step++) {
      while (from < times.length && (times[from] as number) <= endMs - rangeMs) from++
      while (to < times.length && (times[to] as number) <= endMs) to++
      this.#froms[step] = from
      this.#tos[step] = to
      if (atMs === undefined) endMs = startMs + (step + 1) * stepMs - offsetMs
    }
  }
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

function hasStale(values: ArrayLike<number>, from: number, count: number): boolean {
  for (let i = from; i < from + count; i++) if (isStale(values[i] as number)) return true
  return false
}

function withoutStale(times: ArrayLike<number>, values: ArrayLike<number>): Samples {
  const rest: { times: number[]; values: number[] } = { times: [], values: [] }
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0
    if (isStale(value)) continue
    rest.times.push(times[i] ?? 0)
    rest.values.push(value)
  }
  return rest
}
