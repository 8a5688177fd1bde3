import type { Annotations } from './annotation.ts'
import { type Budget, SERIES_WORK } from './budget.ts'
import type { Frame, Grid } from './frame.ts'
import { instantOf, renamed } from './frame.ts'
import { compareMetrics, type Metric } from './metric.ts'
import type { Operand } from './operand.ts'
import type { Ranges } from './range-series.ts'
import { enter, slide, windowOf } from './range-series.ts'
import { rangeSeriesOfRows } from './selector.ts'
import type { SeriesData } from './source.ts'
import type { Value } from './value.ts'

export interface Presenting {
  readonly grid: Grid
  readonly annotations: Annotations
  readonly budget: Budget
}

/** What an expression came to at the only instant of a grid. */
export async function instantValue(
  operand: Operand,
  { grid, annotations, budget }: Presenting,
): Promise<Value> {
  switch (operand.type) {
    case 'scalar':
      return { type: 'scalar', value: operand.values[0] ?? Number.NaN, annotations }
    case 'string':
      return { type: 'string', value: operand.value, annotations }
    case 'matrix':
      return {
        type: 'matrix',
        series: await windowSeries(operand.ranges, grid, budget),
        annotations,
      }
    case 'vector': {
      const { metrics, values, present } = await withoutDoomed(operand.frame, budget)
      const samples = metrics.flatMap(({ labels }, row) =>
        present[row] === 1 ? [{ labels, value: values[row] ?? 0, atMs: grid.startMs }] : [],
      )
      return { type: 'vector', samples, annotations }
    }
  }
}

/** What a scalar or vector came to at all instants of a grid. */
export async function rangeValue(
  operand: Operand,
  { grid, annotations, budget }: Presenting,
): Promise<Value> {
  if (operand.type === 'scalar') {
    const times = Float64Array.from(operand.values, (_, step) => instantOf(grid, step))
    const series = grid.steps > 0 ? [{ labels: {}, times, values: operand.values }] : []
    return { type: 'matrix', series, annotations }
  }
  if (operand.type !== 'vector') throw new RangeError(`a range query of a ${operand.type}`)
  const frame = await withoutDoomed(operand.frame, budget)
  const rows = await rangeSeriesOfRows(frame, grid, budget)
  return { type: 'matrix', series: await ordered(rows, budget), annotations }
}

/** How many samples an answer has. */
export function sampleCount(value: Value): number {
  if (value.type === 'vector') return value.samples.length
  if (value.type !== 'matrix') return 1
  return value.series.reduce((sum, { times }) => sum + times.length, 0)
}

function spared(metric: Metric): Metric {
  return metric.doomed ? metric.nameless() : metric
}

async function withoutDoomed(frame: Frame, budget: Budget): Promise<Frame> {
  return frame.metrics.some(({ doomed }) => doomed)
    ? renamed(frame, frame.metrics.map(spared), budget)
    : frame
}

interface MetricSeries extends Omit<SeriesData, 'labels'> {
  readonly metric: Metric
}

async function ordered(
  series: readonly MetricSeries[],
  budget: Budget,
): Promise<readonly SeriesData[]> {
  const present = series.filter(({ times }) => times.length > 0)
  const compare = (a: MetricSeries, b: MetricSeries) => compareMetrics(a.metric, b.metric)
  return (await sortedInSlices(present, compare, budget)).map(({ metric, times, values }) => {
    return { labels: metric.labels, times, values }
  })
}

/** Parts that are sorted at a stretch. */
const SORTED_AT_ONCE = 512

/** Parts sorted one by one, then merged two by two: a merge can rest. Stable. */
async function sortedInSlices<Thing>(
  things: readonly Thing[],
  compare: (a: Thing, b: Thing) => number,
  budget: Budget,
): Promise<readonly Thing[]> {
  if (things.length <= SORTED_AT_ONCE) return things.toSorted(compare)
  const middle = things.length >> 1
  const left = await sortedInSlices(things.slice(0, middle), compare, budget)
  const right = await sortedInSlices(things.slice(middle), compare, budget)
  const merged: Thing[] = []
  let [i, j] = [0, 0]
  while (i < left.length || j < right.length) {
    const rest = budget.tick(SERIES_WORK)
    if (rest) await rest
    const [a, b] = [left[i], right[j]]
    const isLeft = j === right.length || (i < left.length && compare(a as Thing, b as Thing) <= 0)
    merged.push((isLeft ? left[i++] : right[j++]) as Thing)
  }
  return merged
}

/** The samples a range vector has at the only instant of a grid. */
async function windowSeries(
  ranges: Ranges,
  grid: Grid,
  budget: Budget,
): Promise<readonly SeriesData[]> {
  if (ranges.subquery) {
    const whole = ranges.series.map((each) => ({ ...each, metric: spared(each.metric) }))
    return ordered(whole, budget)
  }
  const window = windowOf(ranges)
  const series: MetricSeries[] = []
  for (const each of ranges.series) {
    enter(window, each)
    slide(window, ranges, grid, 0)
    const { from, to } = window
    const part = (numbers: ArrayLike<number>) =>
      Float64Array.from({ length: to - from }, (_, i) => numbers[from + i] ?? 0)
    series.push({
      metric: spared(each.metric),
      times: part(each.times),
      values: part(each.values),
    })
    const rest = budget.tick(SERIES_WORK + to - from)
    if (rest) await rest
  }
  return ordered(series, budget)
}
