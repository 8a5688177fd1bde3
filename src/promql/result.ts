import { done, type Work } from '../support/turns.ts'
import type { Annotations } from './annotation.ts'
import { type Budget, SERIES_WORK } from './budget.ts'
import type { Frame, Grid } from './frame.ts'
import { instantOf, renamed } from './frame.ts'
import { compareMetrics, type Metric } from './metric.ts'
import type { Operand } from './operand.ts'
import { type Ranges, type Samples, Windows } from './range-series.ts'
import { samplesOfRows } from './selector.ts'
import { sortedInSlices } from './sorted-in-slices.ts'
import type { SeriesData } from './source.ts'
import type { Value, VectorSample } from './value.ts'

export interface Presenting {
  readonly grid: Grid
  readonly annotations: Annotations
  readonly budget: Budget
}

/** What an expression came to at the only instant of a grid. */
export function instantValue(operand: Operand, presenting: Presenting): Work<Value> {
  const { annotations } = presenting
  switch (operand.type) {
    case 'scalar':
      return done({ type: 'scalar', value: operand.values[0] ?? Number.NaN, annotations })
    case 'string':
      return done({ type: 'string', value: operand.value, annotations })
    case 'matrix':
      return windowValue(operand.ranges, presenting)
    case 'vector':
      return vectorValue(operand.frame, presenting)
  }
}

function* vectorValue(frame: Frame, { grid, annotations, budget }: Presenting): Work<Value> {
  const { metrics, values, present } = isDoomed(frame) ? yield* withoutDoomed(frame, budget) : frame
  const samples: VectorSample[] = []
  yield* budget.each(metrics.length, SERIES_WORK, (row) => {
    if (present[row] !== 1) return
    const { labels } = metrics[row] as Metric
    samples.push({ labels, value: values[row] as number, atMs: grid.startMs })
  })
  return { type: 'vector', samples, annotations }
}

/** What a scalar or vector came to at all instants of a grid. */
export function* rangeValue(operand: Operand, presenting: Presenting): Work<Value> {
  const { grid, annotations, budget } = presenting
  if (operand.type === 'scalar') {
    const times = Float64Array.from(operand.values, (_, step) => instantOf(grid, step))
    const series = grid.steps > 0 ? [{ labels: {}, times, values: operand.values }] : []
    return { type: 'matrix', series, annotations }
  }
  if (operand.type !== 'vector') throw new RangeError(`a range query of a ${operand.type}`)
  const given = operand.frame
  const frame = isDoomed(given) ? yield* withoutDoomed(given, budget) : given
  const rows = yield* samplesOfRows(frame, grid, budget)
  const metricOf = (row: number) => frame.metrics[row] as Metric
  return { type: 'matrix', series: yield* ordered(rows, metricOf, budget), annotations }
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

function isDoomed({ metrics }: Frame): boolean {
  return metrics.some(({ doomed }) => doomed)
}

function withoutDoomed(frame: Frame, budget: Budget): Work<Frame> {
  return renamed(frame, frame.metrics.map(spared), budget)
}

interface MetricSamples extends Samples {
  readonly metric: Metric
}

/** Series that have samples, by their labels. */
function* ordered(
  series: readonly Samples[],
  metricOf: (series: number) => Metric,
  budget: Budget,
): Work<readonly SeriesData[]> {
  const found: MetricSamples[] = []
  yield* budget.each(series.length, SERIES_WORK, (i) => {
    const { times, values } = series[i] as Samples
    if (times.length > 0) found.push({ metric: spared(metricOf(i)), times, values })
  })
  const sorted = yield* sortedInSlices(found, budget, (a, b) => compareMetrics(a.metric, b.metric))
  const answer: SeriesData[] = []
  yield* budget.each(sorted.length, SERIES_WORK, (i) => {
    const { metric, times, values } = sorted[i] as MetricSamples
    answer.push({ labels: metric.labels, times, values })
  })
  return answer
}

/** The samples a range vector has at the only instant of a grid. */
function* windowValue(ranges: Ranges, presenting: Presenting): Work<Value> {
  const { grid, annotations, budget } = presenting
  const samples = ranges.subquery ? ranges.series : yield* windowSamples(ranges, grid, budget)
  return { type: 'matrix', series: yield* ordered(samples, ranges.metricOf, budget), annotations }
}

function* windowSamples(ranges: Ranges, grid: Grid, budget: Budget): Work<readonly Samples[]> {
  const windows = new Windows(ranges, grid)
  const found: Samples[] = []
  for (const each of ranges.series) {
    windows.enter(each)
    const { times, values, from, to, shift } = windows.at(0)
    const part = (numbers: ArrayLike<number>, begin: number) =>
      Float64Array.from({ length: to - from }, (_, i) => numbers[begin + i] as number)
    found.push({ times: part(times, from - shift), values: part(values, from) })
    if (budget.worked(SERIES_WORK + to - from)) yield
  }
  return found
}
