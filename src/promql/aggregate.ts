import type { Aggregation, AggregationOp } from './ast.ts'
import type { OperatorContext } from './binary.ts'
import { type Budget, SERIES_WORK } from './budget.ts'
import { executionFailure } from './failure.ts'
import type { Frame } from './frame.ts'
import { emptyFrame, RowTable } from './frame.ts'
import { type Grouping, groupingOf } from './grouping.ts'
import { KahanMean, KahanSum } from './kahan.ts'
import { formatNumber, formatShort, quote } from './literal.ts'
import { Metric } from './metric.ts'
import { quantileOf } from './quantile.ts'
import { rank } from './rank.ts'

/** One group at one instant, fed with its samples in order. */
interface Accumulator {
  add(value: number): void
  result(): number
}

type Aggregate = (first: number) => Accumulator

const ACCUMULATORS: Partial<Record<AggregationOp, Aggregate>> = {
  sum: (first) => {
    const sum = new KahanSum(first)
    return { add: (value) => sum.add(value), result: () => sum.total }
  },
  avg: (first) => {
    const mean = new KahanMean(first)
    return { add: (value) => mean.add(value), result: () => mean.mean }
  },
  count: () => {
    let count = 1
    return { add: () => count++, result: () => count }
  },
  group: () => ({ add: () => {}, result: () => 1 }),
  min: (first) => {
    let min = first
    return {
      add: (value) => {
        if (min > value || Number.isNaN(min)) min = value
      },
      result: () => min,
    }
  },
  max: (first) => {
    let max = first
    return {
      add: (value) => {
        if (max < value || Number.isNaN(max)) max = value
      },
      result: () => max,
    }
  },
  stdvar: variance,
  stddev: (first) => {
    const inner = variance(first)
    return { add: (value) => inner.add(value), result: () => Math.sqrt(inner.result()) }
  },
}

function variance(first: number): Accumulator {
  let count = 1
  let mean = first
  let squares = Number.isFinite(first) ? 0 : Number.NaN
  return {
    add: (value) => {
      const delta = value - mean
      mean += delta / ++count
      squares += delta * (value - mean)
    },
    result: () => squares / count,
  }
}

/** Aggregates without parameter, and `quantile`, `topk`, `bottomk` with that of each step. */
export async function aggregate(
  expr: Aggregation,
  frame: Frame,
  params: Float64Array,
  context: OperatorContext,
): Promise<Frame> {
  const { budget } = context
  if (expr.op === 'topk' || expr.op === 'bottomk') {
    return checkedRank(expr, frame, params, budget)
  }
  const parts = { frame, budget, grouping: await groupingOf(expr, frame.metrics, budget) }
  if (expr.op === 'quantile') {
    noteQuantiles(params, expr, context)
    return collect(expr, parts, (step) => quantiles(params[step] ?? Number.NaN))
  }
  const accumulate = ACCUMULATORS[expr.op]
  if (!accumulate) throw new RangeError(`no aggregation ${expr.op}`)
  return collect(expr, parts, () => accumulate)
}

interface Grouped {
  readonly frame: Frame
  readonly grouping: Grouping
  readonly budget: Budget
}

function quantiles(q: number): Aggregate {
  return (first) => {
    const values = [first]
    return {
      add: (value) => values.push(value),
      result: () => quantileOf(q, Float64Array.from(values)),
    }
  }
}

function noteQuantiles(params: Float64Array, { param }: Aggregation, { notes }: OperatorContext) {
  if (!param) return
  const numbers = params.filter((value) => !Number.isNaN(value))
  if (numbers.length < params.length) notes.invalidQuantile(Number.NaN, param.span)
  const [least, most] = [Math.min(...bounds(numbers)), Math.max(...bounds(numbers))]
  if (most > 1) notes.invalidQuantile(most, param.span)
  if (least < 0) notes.invalidQuantile(least, param.span)
}

function bounds(values: Float64Array): readonly number[] {
  if (values.length === 0) return [0]
  const sorted = values.toSorted()
  return [sorted[0] ?? 0, sorted[sorted.length - 1] ?? 0]
}

async function collect(
  { grouping: names }: Aggregation,
  { frame, grouping: { groups, metrics }, budget }: Grouped,
  aggregateAt: (step: number) => Aggregate,
): Promise<Frame> {
  const { steps } = frame
  const values = new Float64Array(metrics.length * steps)
  const present = new Uint8Array(values.length)
  const doomed = new Uint8Array(metrics.length)
  const cells = new Array<Accumulator | undefined>(metrics.length)
  for (let step = 0; step < steps; step++) {
    const rest = budget.tick(groups.length)
    if (rest) await rest
    const start = aggregateAt(step)
    cells.fill(undefined)
    for (let row = 0, cell = step; row < groups.length; row++, cell += steps) {
      if (frame.present[cell] !== 1) continue
      const group = groups[row] ?? 0
      const value = frame.values[cell] ?? 0
      const known = cells[group]
      if (known) known.add(value)
      else cells[group] = start(value)
      if (frame.metrics[row]?.doomed) doomed[group] = 1
    }
    for (let group = 0; group < cells.length; group++) {
      const result = cells[group]?.result()
      if (result === undefined) continue
      values[group * steps + step] = result
      present[group * steps + step] = 1
    }
  }
  return {
    steps,
    metrics: metrics.map((metric, group) => (doomed[group] === 1 ? metric.doom() : metric)),
    values,
    present,
    distinctNameless: !names.includes('__name__'),
  }
}

const MAX_INT64 = 2 ** 63

async function checkedRank(
  expr: Aggregation,
  frame: Frame,
  params: Float64Array,
  budget: Budget,
): Promise<Frame> {
  const numbers = params.filter((value) => !Number.isNaN(value))
  const [least, most] = [Math.min(...bounds(numbers)), Math.max(...bounds(numbers))]
  if (numbers.length < params.length) throw executionFailure('Parameter value is NaN')
  if (most < 1) return emptyFrame(frame.steps)
  if (least <= -MAX_INT64) {
    throw executionFailure(`Scalar value ${formatShort(least)} underflows int64`)
  }
  if (most >= MAX_INT64) {
    throw executionFailure(`Scalar value ${formatShort(most)} overflows int64`)
  }
  return rank(expr, frame, params, budget)
}

/** How often each value occurs in each group; the value becomes a label. */
export async function countValues(
  expr: Aggregation,
  frame: Frame,
  label: string,
  budget: Budget,
): Promise<Frame> {
  if (label === '') throw executionFailure(`invalid label name ${quote(label)}`)
  const { steps } = frame
  const names = [...new Set([...expr.grouping, label])].sort()
  const excluded = new Set([...expr.grouping, '__name__'])
  const table = new RowTable(steps)
  for (let step = 0; step < steps; step++) {
    const counts = new Map<number, number>()
    for (let row = 0, cell = step; row < frame.metrics.length; row++, cell += steps) {
      if (frame.present[cell] !== 1) continue
      const rest = budget.tick(SERIES_WORK)
      if (rest) await rest
      const metric = (frame.metrics[row] ?? Metric.EMPTY).with(
        label,
        formatNumber(frame.values[cell] ?? 0),
      )
      const to = table.row(expr.without ? metric.without(excluded) : metric.keep(names))
      counts.set(to, (counts.get(to) ?? 0) + 1)
    }
    for (const [row, count] of counts) table.set(row, step, count)
  }
  return table.frame(!expr.grouping.includes('__name__'))
}
