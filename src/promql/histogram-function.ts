import type { Work } from '../support/turns.ts'
import type { Call } from './ast.ts'
import { SERIES_WORK } from './budget.ts'
import type { Frame } from './frame.ts'
import { dropNames, hasSample, instantOf, RowTable } from './frame.ts'
import { parseFloatText } from './literal.ts'
import type { Metric } from './metric.ts'
import type { Context } from './operand.ts'
import type { Bucket } from './quantile.ts'
import { bucketFraction, bucketQuantile } from './quantile.ts'

/** The buckets of one histogram at one instant, to a number. */
type OfBuckets = (buckets: Bucket[], step: number, metric: Metric) => number

/** `histogram_quantile` of classic histograms. */
export function histogramQuantile(
  call: Call,
  quantiles: Float64Array,
  frame: Frame,
  context: Context,
): Work<Frame> {
  const { notes, grid, delayed } = context
  const [param, arg] = call.args
  for (const q of quantiles) if (param && !(q >= 0 && q <= 1)) notes.invalidQuantile(q, param.span)
  const compute: OfBuckets = (buckets, step, metric) => {
    const { value, forced } = bucketQuantile(quantiles[step] ?? Number.NaN, buckets)
    if (forced && arg) {
      const name = delayed ? metric.get('__name__') : ''
      notes.forcedMonotonicity(forced, name, instantOf(grid, step), arg.span)
    }
    return value
  }
  return ofHistograms(call, frame, compute, context)
}

/** `histogram_fraction` of classic histograms. */
export function histogramFraction(
  call: Call,
  bounds: { readonly lower: Float64Array; readonly upper: Float64Array },
  frame: Frame,
  context: Context,
): Work<Frame> {
  const compute: OfBuckets = (buckets, step) =>
    bucketFraction(bounds.lower[step] ?? 0, bounds.upper[step] ?? 0, buckets)
  return ofHistograms(call, frame, compute, context)
}

const LE: ReadonlySet<string> = new Set(['le'])

interface Histogram {
  readonly metric: Metric
  readonly rows: { readonly row: number; readonly upperBound: number }[]
}

function* ofHistograms(
  call: Call,
  frame: Frame,
  compute: OfBuckets,
  context: Context,
): Work<Frame> {
  const { budget, delayed } = context
  const { steps } = frame
  const table = new RowTable(steps)
  for (const { metric, rows } of yield* histogramsOf(call, frame, context)) {
    const to = table.row(metric)
    for (let step = 0; step < steps; step++) {
      if (budget.worked(SERIES_WORK * rows.length)) yield
      const buckets: Bucket[] = []
      for (const { row, upperBound } of rows) {
        const cell = row * steps + step
        if (frame.present[cell] === 1) buckets.push({ upperBound, count: frame.values[cell] ?? 0 })
      }
      if (buckets.length > 0) table.set(to, step, compute(buckets, step, metric))
    }
  }
  const found = yield* table.frame(frame.distinctNameless, budget)
  return yield* dropNames(found, delayed, budget)
}

function* histogramsOf(
  call: Call,
  frame: Frame,
  { notes, delayed, budget }: Context,
): Work<Iterable<Histogram>> {
  const histograms = new Map<string, Histogram>()
  const span = call.args.at(-1)?.span ?? call.span
  yield* budget.each(frame.metrics.length, 2 * SERIES_WORK + frame.steps, (row) => {
    if (!hasSample(frame, row)) return
    const metric = frame.metrics[row] as Metric
    const upperBound = parseFloatText(metric.get('le'))
    if (upperBound === undefined) {
      notes.badBucketLabel(metric.get('le'), delayed ? metric.get('__name__') : '', span)
      return
    }
    const key = metric.keyWithout(LE)
    const known = histograms.get(key)
    if (known) known.rows.push({ row, upperBound })
    else histograms.set(key, { metric: metric.with('le', ''), rows: [{ row, upperBound }] })
  })
  return histograms.values()
}
