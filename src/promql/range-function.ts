import type { Call } from './ast.ts'
import { executionFailure } from './failure.ts'
import type { Frame } from './frame.ts'
import { dropNames, RowWriter, SAME_LABELSET } from './frame.ts'
import { Metric } from './metric.ts'
import type { Context, Operand } from './operand.ts'
import { numbersOf, rangesOf } from './operand.ts'
import type { RangeFunction } from './over-time.ts'
import { RANGE_FUNCTIONS } from './over-time.ts'
import type { Ranges } from './range-series.ts'
import { enter, slide, windowOf } from './range-series.ts'

const KEEP_NAME: ReadonlySet<string> = new Set([
  'absent_over_time',
  'first_over_time',
  'last_over_time',
])
const OF_COUNTERS: ReadonlySet<string> = new Set(['increase', 'rate'])

/** A function of a range vector at all instants; undefined when there is none of that name. */
export async function callRangeFunction(
  call: Call,
  args: readonly Operand[],
  context: Context,
): Promise<Frame | undefined> {
  const { func } = call
  const compute = RANGE_FUNCTIONS[func]
  if (!compute) return undefined
  const ranges = rangesOf(args.find(({ type }) => type === 'matrix'))
  const params = args.filter(({ type }) => type === 'scalar').map(numbersOf)
  const frame = await overWindows(noting(call, compute, context), { ranges, params }, context)
  if (OF_COUNTERS.has(func)) noteNonCounters(call, frame, context)
  return KEEP_NAME.has(func) ? frame : withoutNames(frame, context)
}

/** Series that would become the same are a fault here, even where they do not overlap. */
async function withoutNames(frame: Frame, { delayed, budget }: Context): Promise<Frame> {
  const dropped = await dropNames(frame, delayed, budget)
  if (dropped.metrics.length < frame.metrics.length) throw executionFailure(SAME_LABELSET)
  return dropped
}

/** Warns of a bad quantile where there is something to compute it of. */
function noting(call: Call, compute: RangeFunction, { notes }: Context): RangeFunction {
  const span = call.args[0]?.span
  if (call.func !== 'quantile_over_time' || !span) return compute
  return (window, params) => {
    const [q = Number.NaN] = params
    if (!(q >= 0 && q <= 1)) notes.invalidQuantile(q, span)
    return compute(window, params)
  }
}

/** To move a window is as much work as so many samples. */
const WINDOW_WORK = 8

interface Windows {
  readonly ranges: Ranges
  readonly params: readonly Float64Array[]
}

async function overWindows(
  compute: RangeFunction,
  { ranges, params }: Windows,
  { grid, budget }: Context,
): Promise<Frame> {
  budget.takeSamples(grid.steps * ranges.series.length)
  const writer = new RowWriter(grid.steps, ranges.series.length)
  const window = windowOf(ranges)
  for (const series of ranges.series) {
    enter(window, series)
    for (let step = 0; step < grid.steps; step++) {
      slide(window, ranges, grid, step)
      const rest = budget.tick(WINDOW_WORK + window.to - window.from)
      if (rest) await rest
      if (window.from === window.to) continue
      const numbers = params.map((values) => values[step] ?? 0)
      const value = compute(window, numbers)
      if (value !== undefined) writer.set(step, value)
    }
    writer.end(series.metric)
  }
  return writer.frame(ranges.distinctNameless)
}

function noteNonCounters({ args }: Call, { metrics }: Frame, { notes }: Context): void {
  const [arg] = args
  for (const metric of metrics) {
    const name = metric.get('__name__')
    if (arg && name !== '' && !/_(?:total|sum|count|bucket)$/.test(name)) {
      notes.possibleNonCounter(name, arg.span)
    }
  }
}

/** The instants at which no row has a sample, as one series with the given labels. */
export function absence(frame: Frame, metric: Metric): Frame {
  const { steps } = frame
  const writer = new RowWriter(steps, 1)
  const seen = new Uint8Array(steps)
  for (let cell = 0; cell < frame.present.length; cell++) {
    if (frame.present[cell] === 1) seen[cell % steps] = 1
  }
  for (let step = 0; step < steps; step++) if (seen[step] === 0) writer.set(step, 1)
  writer.end(metric)
  return writer.frame(true)
}

/** What `absent` of a selector is labelled with: what its matchers ask for by equality, once. */
export function absentMetric(call: Call): Metric {
  let [arg] = call.args
  while (arg?.kind === 'paren') arg = arg.expr
  const selector = arg?.kind === 'matrixSelector' ? arg.vector : arg
  if (selector?.kind !== 'vectorSelector') return Metric.EMPTY
  const labels = new Map<string, string>()
  const seen = new Set<string>()
  for (const { name, op, value } of selector.matchers) {
    if (name === '__name__') continue
    if (op === '=' && !seen.has(name)) {
      seen.add(name)
      labels.set(name, value)
    } else {
      labels.delete(name)
    }
  }
  return new Metric(Object.fromEntries([...labels].filter(([, value]) => value !== '')))
}
