import type { UnixMs } from '../model/time.ts'
import type { VectorSelector } from './ast.ts'
import { type Budget, SERIES_WORK } from './budget.ts'
import type { Frame, Grid } from './frame.ts'
import { instantOf, RowWriter } from './frame.ts'
import { metricOf } from './metric.ts'
import type { RangeSeries } from './range-series.ts'
import { firstAfter } from './range-series.ts'
import type { SeriesData } from './source.ts'
import { isStale } from './source.ts'

interface Lookup {
  readonly grid: Grid
  readonly lookbackMs: number
  readonly offsetMs: number
  /** Where `@` holds the selector. */
  readonly atMs: UnixMs | undefined
  /** Takes the samples' times, in seconds, for their values. */
  readonly timestamps: boolean
  readonly budget: Budget
}

/** An instant vector selector: of each series the newest sample that is not older than the lookback. */
export async function lookUp(
  series: readonly SeriesData[],
  distinct: boolean,
  lookup: Lookup,
): Promise<Frame> {
  const { grid, timestamps, budget } = lookup
  const writer = new RowWriter(grid.steps, series.length)
  for (const { labels, times, values } of series) {
    let next = 0
    for (let step = 0; step < grid.steps; step++) {
      const refMs = (lookup.atMs ?? instantOf(grid, step)) - lookup.offsetMs
      if (step === 0) next = firstAfter(times, refMs)
      else while (next < times.length && (times[next] ?? 0) <= refMs) next++
      const timeMs = times[next - 1]
      if (timeMs === undefined || timeMs <= refMs - lookup.lookbackMs) continue
      const value = values[next - 1] ?? 0
      if (!isStale(value)) writer.set(step, timestamps ? timeMs / 1000 : value)
    }
    writer.end(metricOf(labels))
    const rest = budget.tick(SERIES_WORK + grid.steps)
    if (rest) await rest
  }
  return writer.frame(distinct)
}

/** Whether series stay different without their names: all have the same. */
export function isDistinctNameless(
  { matchers }: VectorSelector,
  series: readonly SeriesData[],
): boolean {
  return (
    matchers.some(({ name, op }) => name === '__name__' && op === '=') &&
    series.every(({ labels }) => labels.__type__ === undefined && labels.__unit__ === undefined)
  )
}

/** The series of a range vector selector. */
export async function rangeSeries(
  series: readonly SeriesData[],
  budget: Budget,
): Promise<readonly RangeSeries[]> {
  const found: RangeSeries[] = []
  for (const { labels, times, values } of series) {
    const metric = metricOf(labels)
    if (hasStale(values)) found.push({ metric, ...withoutStale(times, values) })
    else found.push({ metric, times, values })
    const rest = budget.tick(SERIES_WORK + values.length / 4)
    if (rest) await rest
  }
  return found
}

function hasStale(values: ArrayLike<number>): boolean {
  for (let i = 0; i < values.length; i++) if (isStale(values[i] ?? 0)) return true
  return false
}

function withoutStale(times: ArrayLike<number>, values: ArrayLike<number>) {
  const kept: { times: number[]; values: number[] } = { times: [], values: [] }
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0
    if (isStale(value)) continue
    kept.times.push(times[i] ?? 0)
    kept.values.push(value)
  }
  return kept
}

/** The rows of a frame as series of a range vector: what a subquery gives. */
export async function rangeSeriesOfRows(
  frame: Frame,
  grid: Grid,
  budget: Budget,
): Promise<readonly RangeSeries[]> {
  const found: RangeSeries[] = []
  for (const [row, metric] of frame.metrics.entries()) {
    const series: { times: number[]; values: number[] } = { times: [], values: [] }
    for (let step = 0, cell = row * grid.steps; step < grid.steps; step++, cell++) {
      if (frame.present[cell] !== 1) continue
      series.times.push(instantOf(grid, step))
      series.values.push(frame.values[cell] ?? 0)
    }
    found.push({ metric, ...series })
    const rest = budget.tick(SERIES_WORK + grid.steps)
    if (rest) await rest
  }
  return found
}
