import type { Annotations } from './annotation.ts'
import type { Frame, Grid } from './frame.ts'
import { instantOf, renamed } from './frame.ts'
import { compareMetrics, type Metric } from './metric.ts'
import type { Operand } from './operand.ts'
import type { Ranges } from './range-series.ts'
import { enter, slide, windowOf } from './range-series.ts'
import { rangeSeriesOfRows } from './selector.ts'
import type { SeriesData } from './source.ts'
import type { Value } from './value.ts'

/** What an expression came to at the only instant of a grid. */
export function instantValue(operand: Operand, grid: Grid, annotations: Annotations): Value {
  switch (operand.type) {
    case 'scalar':
      return { type: 'scalar', value: operand.values[0] ?? Number.NaN, annotations }
    case 'string':
      return { type: 'string', value: operand.value, annotations }
    case 'matrix':
      return { type: 'matrix', series: windowSeries(operand.ranges, grid), annotations }
    case 'vector': {
      const { metrics, values, present } = withoutDoomed(operand.frame)
      const samples = metrics.flatMap(({ labels }, row) =>
        present[row] === 1 ? [{ labels, value: values[row] ?? 0, atMs: grid.startMs }] : [],
      )
      return { type: 'vector', samples, annotations }
    }
  }
}

/** What a scalar or vector came to at all instants of a grid. */
export function rangeValue(operand: Operand, grid: Grid, annotations: Annotations): Value {
  if (operand.type === 'scalar') {
    const times = Float64Array.from(operand.values, (_, step) => instantOf(grid, step))
    const series = grid.steps > 0 ? [{ labels: {}, times, values: operand.values }] : []
    return { type: 'matrix', series, annotations }
  }
  if (operand.type !== 'vector') throw new RangeError(`a range query of a ${operand.type}`)
  const rows = rangeSeriesOfRows(withoutDoomed(operand.frame), grid)
  return { type: 'matrix', series: ordered(rows), annotations }
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

function withoutDoomed(frame: Frame): Frame {
  return frame.metrics.some(({ doomed }) => doomed)
    ? renamed(frame, frame.metrics.map(spared))
    : frame
}

interface MetricSeries extends Omit<SeriesData, 'labels'> {
  readonly metric: Metric
}

function ordered(series: readonly MetricSeries[]): readonly SeriesData[] {
  return series
    .filter(({ times }) => times.length > 0)
    .toSorted((a, b) => compareMetrics(a.metric, b.metric))
    .map(({ metric, times, values }) => ({ labels: metric.labels, times, values }))
}

/** The samples a range vector has at the only instant of a grid. */
function windowSeries(ranges: Ranges, grid: Grid): readonly SeriesData[] {
  if (ranges.subquery) {
    return ordered(ranges.series.map((each) => ({ ...each, metric: spared(each.metric) })))
  }
  const window = windowOf(ranges)
  const series = ranges.series.map((each) => {
    enter(window, each)
    slide(window, ranges, grid, 0)
    const { from, to } = window
    const part = (numbers: ArrayLike<number>) =>
      Float64Array.from({ length: to - from }, (_, i) => numbers[from + i] ?? 0)
    return { metric: spared(each.metric), times: part(each.times), values: part(each.values) }
  })
  return ordered(series)
}
