import type { Work } from '../support/turns.ts'
import type { Call } from './ast.ts'
import { DATE_FUNCTIONS } from './date.ts'
import type { Frame } from './frame.ts'
import { dropNames, instantOf, mapCells, rowsOf } from './frame.ts'
import { histogramFraction, histogramQuantile } from './histogram-function.ts'
import { labelJoin, labelReplace } from './label-function.ts'
import { Metric } from './metric.ts'
import type { Context, Operand } from './operand.ts'
import { frameOf, numbersOf, scalar, textOf, vector } from './operand.ts'
import { absence, absentMetric, callRangeFunction, isRangeFunction } from './range-function.ts'
import { isGreater, isLess, type Ranked, sortedLast } from './rank.ts'
import { SAMPLE_FUNCTIONS } from './sample-function.ts'

type Implementation = (call: Call, args: readonly Operand[], context: Context) => Operand

/** Functions of little. */
const SHORT: Readonly<Record<string, Implementation>> = {
  time: (_call, _args, context) => secondsAt(context),
  pi: (_call, _args, { grid }) => scalar(grid, () => Math.PI),
  scalar: (_call, [arg], { grid }) => onlySample(frameOf(arg), grid),
  vector: (_call, [arg]) => vector(constant(numbersOf(arg))),
  absent: (call, [arg]) => vector(absence(frameOf(arg), absentMetric(call))),
}

type LongImplementation = (call: Call, args: readonly Operand[], context: Context) => Work<Frame>

/** Functions that are neither of one sample nor of a range vector. */
const LONG: Readonly<Record<string, LongImplementation>> = {
  *timestamp(_call, [arg], { grid, delayed, budget }) {
    const at = (_value: number, step: number) => instantOf(grid, step) / 1000
    return yield* dropNames(yield* mapCells(frameOf(arg), budget, at), delayed, budget)
  },
  sort: (call, [arg], context) => sorted(call, frameOf(arg), context),
  sort_desc: (call, [arg], context) => sorted(call, frameOf(arg), context),
  label_replace: (_call, [arg, ...texts], { budget }) => {
    const [to = '', replacement = '', from = '', regexp = ''] = texts.map(textOf)
    return labelReplace(frameOf(arg), { to, replacement, from, regexp }, budget)
  },
  label_join: (_call, [arg, ...texts], { budget }) => {
    const [to = '', separator = '', ...from] = texts.map(textOf)
    return labelJoin(frameOf(arg), { to, separator, from }, budget)
  },
  histogram_quantile: (call, [q, arg], context) =>
    histogramQuantile(call, numbersOf(q), frameOf(arg), context),
  histogram_fraction: (call, [low, high, arg], context) => {
    const bounds = { lower: numbersOf(low), upper: numbersOf(high) }
    return histogramFraction(call, bounds, frameOf(arg), context)
  },
}

/** Calls a function with its evaluated arguments. */
export function* callFunction(
  call: Call,
  args: readonly Operand[],
  context: Context,
): Work<Operand> {
  const { func } = call
  const short = SHORT[func]
  if (short) return short(call, args, context)
  const long = LONG[func]
  if (long) return vector(yield* long(call, args, context))
  if (!isRangeFunction(func)) return vector(yield* ofSamples(call, args, context))
  const ranged = yield* callRangeFunction(call, args, context)
  return vector(func === 'absent_over_time' ? absence(ranged, absentMetric(call)) : ranged)
}

/** A function of each sample, and of scalars beside it. */
function* ofSamples(
  { func }: Call,
  [arg, ...rest]: readonly Operand[],
  context: Context,
): Work<Frame> {
  const { budget, delayed } = context
  const date = DATE_FUNCTIONS[func]
  const compute = date ?? SAMPLE_FUNCTIONS[func]
  if (!compute) throw new RangeError(`no function ${func}: the expression was not checked`)
  if (!arg && date) return constant(numbersOf(secondsAt(context)).map(date))
  const params = rest.map(numbersOf)
  const paramsAt =
    params.length === 0
      ? () => NO_PARAMS
      : (step: number) => params.map((values) => values[step] ?? 0)
  const frame = yield* mapCells(frameOf(arg), budget, (value, step) =>
    compute(value, paramsAt(step)),
  )
  return yield* dropNames(frame, delayed, budget)
}

const NO_PARAMS: readonly number[] = []

function secondsAt({ grid }: Context): Operand {
  return scalar(grid, (step) => instantOf(grid, step) / 1000)
}

/** One series without labels. */
function constant(values: Float64Array): Frame {
  const present = new Uint8Array(values.length).fill(1)
  return { steps: values.length, metrics: [Metric.EMPTY], values, present, distinctNameless: true }
}

/** The value of the only sample; NaN where there is none or more. */
function onlySample(frame: Frame, grid: Context['grid']): Operand {
  const counts = new Uint32Array(grid.steps)
  const values = new Float64Array(grid.steps)
  for (let cell = 0; cell < frame.values.length; cell++) {
    if (frame.present[cell] !== 1) continue
    const step = cell % grid.steps
    counts[step] = (counts[step] ?? 0) + 1
    values[step] = frame.values[cell] ?? 0
  }
  return scalar(grid, (step) => (counts[step] === 1 ? (values[step] ?? 0) : Number.NaN))
}

/** By value, NaN last; only an instant query has an order. */
function* sorted(
  { func, span }: Call,
  frame: Frame,
  { grid, notes, budget }: Context,
): Work<Frame> {
  if (grid.steps !== 1) {
    notes.sortInRangeQuery(span)
    return frame
  }
  const samples: Ranked[] = []
  for (let row = 0; row < frame.metrics.length; row++) {
    if (frame.present[row] === 1) samples.push({ row, value: frame.values[row] as number })
  }
  const ordered = yield* sortedLast(samples, func === 'sort' ? isGreater : isLess, budget)
  const rows = ordered.map(({ row }) => row)
  return yield* rowsOf(frame, rows, budget)
}
