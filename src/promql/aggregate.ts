import type { Work } from '../support/turns.ts'
import type { Aggregation } from './ast.ts'
import { type Budget, SERIES_WORK } from './budget.ts'
import { executionFailure } from './failure.ts'
import { FOLDS, type Fold } from './fold.ts'
import type { Frame } from './frame.ts'
import { emptyFrame, RowTable } from './frame.ts'
import { GroupWriter } from './group-writer.ts'
import { groupingOf } from './grouping.ts'
import { keptGroups } from './kept.ts'
import { formatNumber, formatShort, quote } from './literal.ts'
import { Metric, namesOf } from './metric.ts'
import type { Context } from './operand.ts'
import { quantileOf } from './quantile.ts'
import { rank } from './rank.ts'

/** Aggregates without parameter, and `quantile`, `topk`, `bottomk` with that of each step. */
export function* aggregate(
  expr: Aggregation,
  frame: Frame,
  params: Float64Array,
  context: Context,
): Work<Frame> {
  const fold = FOLDS[expr.op]
  if (fold) return yield* foldRows(expr, fold, frame, context)
  if (expr.op === 'quantile') return yield* quantiles(expr, frame, params, context)
  return yield* checkedRank(expr, frame, params, context.budget)
}

/** The rows of a frame, each into its group. */
function* foldRows(
  expr: Aggregation,
  fold: Fold,
  { metrics, steps, values, present }: Frame,
  { budget }: Context,
): Work<Frame> {
  const groups = keptGroups(expr, { names: expr.grouping, without: expr.without })
  const metricOf = (row: number) => metrics[row] as Metric
  const writer = new GroupWriter(
    fold,
    {
      by: expr,
      groupOf: (row) => groups.numbers.of(metricOf(row)),
      sharedBy: (row, group) => groups.shared(group, () => metricOf(row)),
      isDoomed: (row) => metricOf(row).doomed,
    },
    steps,
    metrics.length,
  )
  yield* budget.each(metrics.length, SERIES_WORK + steps, (row) => {
    writer.begin(row)
    for (let step = 0, cell = row * steps; step < steps; step++, cell++) {
      if (present[cell] === 1) writer.set(step, values[cell] as number)
    }
    writer.end()
  })
  return writer.frame(!expr.grouping.includes('__name__'))
}

/** The values of each group at each instant, and what becomes of them. */
function* quantiles(
  expr: Aggregation,
  frame: Frame,
  params: Float64Array,
  context: Context,
): Work<Frame> {
  const { budget } = context
  const { steps } = frame
  const { groups, metrics } = yield* groupingOf(expr, frame.metrics, budget)
  noteQuantiles(params, expr, context)
  const doomed = new Uint8Array(metrics.length)
  const values = new Float64Array(metrics.length * steps)
  const present = new Uint8Array(values.length)
  for (let step = 0; step < steps; step++) {
    const lists: number[][] = metrics.map(() => [])
    for (let row = 0, cell = step; row < groups.length; row++, cell += steps) {
      if (budget.worked(1)) yield
      if (frame.present[cell] !== 1) continue
      const group = groups[row] as number
      lists[group]?.push(frame.values[cell] as number)
      if (frame.metrics[row]?.doomed) doomed[group] = 1
    }
    for (const [group, list] of lists.entries()) {
      if (budget.worked(SERIES_WORK + list.length)) yield
      if (list.length === 0) continue
      values[group * steps + step] = quantileOf(params[step] as number, Float64Array.from(list))
      present[group * steps + step] = 1
    }
  }
  return {
    steps,
    metrics: metrics.map((metric, group) => (doomed[group] === 1 ? metric.doom() : metric)),
    values,
    present,
    distinctNameless: !expr.grouping.includes('__name__'),
  }
}

function noteQuantiles(params: Float64Array, { param }: Aggregation, { notes }: Context) {
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

const MAX_INT64 = 2 ** 63

function* checkedRank(
  expr: Aggregation,
  frame: Frame,
  params: Float64Array,
  budget: Budget,
): Work<Frame> {
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
  return yield* rank(expr, frame, params, budget)
}

/** How often each value occurs in each group; the value becomes a label. */
export function* countValues(
  expr: Aggregation,
  frame: Frame,
  label: string,
  budget: Budget,
): Work<Frame> {
  if (label === '') throw executionFailure(`invalid label name ${quote(label)}`)
  const { steps } = frame
  const names = namesOf([...expr.grouping, label])
  const excluded = new Set([...expr.grouping, '__name__'])
  const table = new RowTable(steps)
  for (let step = 0; step < steps; step++) {
    const counts = new Map<number, number>()
    for (let row = 0, cell = step; row < frame.metrics.length; row++, cell += steps) {
      if (budget.worked(1)) yield
      if (frame.present[cell] !== 1) continue
      if (budget.worked(SERIES_WORK)) yield
      const metric = (frame.metrics[row] ?? Metric.EMPTY).with(
        label,
        formatNumber(frame.values[cell] ?? 0),
      )
      const to = table.row(expr.without ? metric.without(excluded) : metric.keep(names))
      counts.set(to, (counts.get(to) ?? 0) + 1)
    }
    for (const [row, count] of counts) table.set(row, step, count)
  }
  return yield* table.frame(!expr.grouping.includes('__name__'), budget)
}
