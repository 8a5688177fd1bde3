import type { Work } from '../support/turns.ts'
import type { Call } from './ast.ts'
import { LOOK_EVERY } from './budget.ts'
import { executionFailure } from './failure.ts'
import type { Frame, RowSink } from './frame.ts'
import { dropNames, RowWriter, SAME_LABELSET } from './frame.ts'
import { keptList } from './kept.ts'
import { Metric } from './metric.ts'
import type { Context, Operand } from './operand.ts'
import { numbersOf, rangesOf } from './operand.ts'
import { RANGE_FUNCTIONS } from './over-time.ts'
import type { Ranges, Window } from './range-series.ts'
import { WindowWalk } from './window-walk.ts'

const KEEP_NAME: ReadonlySet<string> = new Set([
  'absent_over_time',
  'first_over_time',
  'last_over_time',
])
const OF_COUNTERS: ReadonlySet<string> = new Set(['increase', 'rate'])

export function isRangeFunction(func: string): boolean {
  return Object.hasOwn(RANGE_FUNCTIONS, func)
}

/** Whether what a function of a range vector gives has the names of its series. */
export function keepsName(func: string): boolean {
  return KEEP_NAME.has(func)
}

/** A function of a range vector at all instants. */
export function* callRangeFunction(
  call: Call,
  args: readonly Operand[],
  context: Context,
): Work<Frame> {
  const { series, metricOf, distinctNameless } = rangesIn(args)
  const writer = new RowWriter(context.grid.steps, series.length, metricOf)
  yield* overWindows(call, args, writer, context)
  const found = writer.frame(distinctNameless)
  const frame = { ...found, metrics: keptList(call, found.metrics) }
  return keepsName(call.func) ? frame : yield* withoutNames(frame, context)
}

/** Series that would become the same are a fault here, even where they do not overlap. */
function* withoutNames(frame: Frame, { delayed, budget }: Context): Work<Frame> {
  const dropped = yield* dropNames(frame, delayed, budget)
  if (dropped.metrics.length < frame.metrics.length) throw executionFailure(SAME_LABELSET)
  return dropped
}

function rangesIn(args: readonly Operand[]): Ranges {
  return rangesOf(args.find(({ type }) => type === 'matrix'))
}

/** What a function of a range vector makes of each series, names and all; returns how many have a sample. */
export function* overWindows(
  call: Call,
  args: readonly Operand[],
  sink: RowSink,
  context: Context,
): Work<number> {
  const { grid, budget } = context
  const ranges = rangesIn(args)
  const note = OF_COUNTERS.has(call.func) ? nonCounterNote(call, ranges, context) : undefined
  budget.takeSamples(grid.steps * ranges.series.length)
  const compute = computing(call, args, context)
  const walk = new WindowWalk(ranges, grid, { compute, note }, sink)
  while (!walk.isDone) if (budget.worked(walk.advance(LOOK_EVERY))) yield
  return walk.used
}

const NO_PARAMS: readonly number[] = []

/** The function with its scalars; warns of a bad quantile where there is something to compute it of. */
function computing(
  call: Call,
  args: readonly Operand[],
  { notes }: Context,
): (window: Window, step: number) => number | undefined {
  const compute = RANGE_FUNCTIONS[call.func]
  if (!compute) throw new RangeError(`no function ${call.func} of ranges`)
  const params = args.filter(({ type }) => type === 'scalar').map(numbersOf)
  if (params.length === 0) return (window) => compute(window, NO_PARAMS)
  const span = call.func === 'quantile_over_time' ? call.args[0]?.span : undefined
  return (window, step) => {
    const numbers = params.map((values) => values[step] ?? 0)
    const [first = Number.NaN] = numbers
    if (span && !(first >= 0 && first <= 1)) notes.invalidQuantile(first, span)
    return compute(window, numbers)
  }
}

/** Tells of names that are no counter's, of a series that has a sample. */
function nonCounterNote(
  { args }: Call,
  { nameOf }: Ranges,
  { notes }: Context,
): (series: number) => void {
  const [arg] = args
  let last = ''
  return (series) => {
    const name = nameOf(series)
    if (name === last) return
    last = name
    if (arg && name !== '' && !/_(?:total|sum|count|bucket)$/.test(name)) {
      notes.possibleNonCounter(name, arg.span)
    }
  }
}

/** The instants at which no row has a sample, as one series with the given labels. */
export function absence(frame: Frame, metric: Metric): Frame {
  const { steps } = frame
  const writer = new RowWriter(steps, 1, () => metric)
  const seen = new Uint8Array(steps)
  for (let cell = 0; cell < frame.present.length; cell++) {
    if (frame.present[cell] === 1) seen[cell % steps] = 1
  }
  writer.begin(0)
  for (let step = 0; step < steps; step++) if (seen[step] === 0) writer.set(step, 1)
  writer.end()
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
