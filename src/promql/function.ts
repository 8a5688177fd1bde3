import type { Call } from './ast.ts'
import { DATE_FUNCTIONS } from './date.ts'
import type { Frame } from './frame.ts'
import { dropNames, instantOf, mapCells, rowsOf } from './frame.ts'
import { histogramFraction, histogramQuantile } from './histogram-function.ts'
import { labelJoin, labelReplace } from './label-function.ts'
import { Metric } from './metric.ts'
import type { Context, Operand } from './operand.ts'
import { frameOf, numbersOf, scalar, textOf, vector } from './operand.ts'
import { absence, absentMetric, callRangeFunction } from './range-function.ts'
import { isGreater, isLess, sortedLast } from './rank.ts'
import { SAMPLE_FUNCTIONS } from './sample-function.ts'

type Implementation = (
  call: Call,
  args: readonly Operand[],
  context: Context,
) => Operand | Promise<Operand>

/** Functions that are neither of one sample nor of a range vector. */
const FUNCTIONS: Readonly<Record<string, Implementation>> = {
  time: (_call, _args, context) => secondsAt(context),
  pi: (_call, _args, { grid }) => scalar(grid, () => Math.PI),
  scalar: (_call, [arg], { grid }) => onlySample(frameOf(arg), grid),
  vector: (_call, [arg]) => vector(constant(numbersOf(arg))),
  timestamp: async (_call, [arg], { grid, delayed, budget }) => {
    const at = (_value: number, step: number) => instantOf(grid, step) / 1000
    return vector(await dropNames(await mapCells(frameOf(arg), budget, at), delayed, budget))
  },
  absent: (call, [arg]) => vector(absence(frameOf(arg), absentMetric(call))),
  sort: (call, [arg], context) => vector(sorted(call, frameOf(arg), context)),
  sort_desc: (call, [arg], context) => vector(sorted(call, frameOf(arg), context)),
  label_replace: async (_call, [arg, ...texts], { budget }) => {
    const [to = '', replacement = '', from = '', regexp = ''] = texts.map(textOf)
    return vector(await labelReplace(frameOf(arg), { to, replacement, from, regexp }, budget))
  },
  label_join: async (_call, [arg, ...texts], { budget }) => {
    const [to = '', separator = '', ...from] = texts.map(textOf)
    return vector(await labelJoin(frameOf(arg), { to, separator, from }, budget))
  },
  histogram_quantile: async (call, [q, arg], context) =>
    vector(await histogramQuantile(call, numbersOf(q), frameOf(arg), context)),
  histogram_fraction: async (call, [low, high, arg], context) => {
    const bounds = { lower: numbersOf(low), upper: numbersOf(high) }
    return vector(await histogramFraction(call, bounds, frameOf(arg), context))
  },
}

/** Calls a function with its evaluated arguments. */
export async function callFunction(
  call: Call,
  args: readonly Operand[],
  context: Context,
): Promise<Operand> {
  const { func } = call
  const own = FUNCTIONS[func]
  if (own) return own(call, args, context)
  const ranged = await callRangeFunction(call, args, context)
  if (ranged) {
    return vector(func === 'absent_over_time' ? absence(ranged, absentMetric(call)) : ranged)
  }
  return vector(await ofSamples(call, args, context))
}

/** A function of each sample, and of scalars beside it. */
async function ofSamples(
  { func }: Call,
  [arg, ...rest]: readonly Operand[],
  context: Context,
): Promise<Frame> {
  const { budget, delayed } = context
  const date = DATE_FUNCTIONS[func]
  const compute = date ?? SAMPLE_FUNCTIONS[func]
  if (!compute) throw new RangeError(`no function ${func}: the expression was not checked`)
  if (!arg && date) return constant(numbersOf(secondsAt(context)).map(date))
  const params = rest.map(numbersOf)
  const frame = await mapCells(frameOf(arg), budget, (value, step) =>
    compute(
      value,
      params.map((values) => values[step] ?? 0),
    ),
  )
  return dropNames(frame, delayed, budget)
}

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
function sorted({ func, span }: Call, frame: Frame, { grid, notes }: Context): Frame {
  if (grid.steps !== 1) {
    notes.sortInRangeQuery(span)
    return frame
  }
  const samples = frame.metrics.flatMap((_, row) =>
    frame.present[row] === 1 ? [{ row, value: frame.values[row] ?? 0 }] : [],
  )
  const ordered = sortedLast(samples, func === 'sort' ? isGreater : isLess)
  return rowsOf(
    frame,
    ordered.map(({ row }) => row),
  )
}
