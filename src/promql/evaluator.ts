import type { Work } from '../support/turns.ts'
import { aggregate, countValues } from './aggregate.ts'
import type { Notes } from './annotation.ts'
import type { Aggregation, Binary, Call, Expr, Subquery, Unary, VectorSelector } from './ast.ts'
import { isSetOp } from './ast.ts'
import { scalarBinary, vectorBinary, vectorScalarBinary } from './binary.ts'
import type { Budget } from './budget.ts'
import type { Frame, Grid, RowSink } from './frame.ts'
import { broadcast, dropNames, mapCells, RowWriter } from './frame.ts'
import { callFunction } from './function.ts'
import { type Metric, metricOf } from './metric.ts'
import type { Context, Operand } from './operand.ts'
import { frameOf, numbersOf, scalar, textOf, vector } from './operand.ts'
import { print } from './print.ts'
import { overWindows } from './range-function.ts'
import type { Ranges } from './range-series.ts'
import type { Found, Period, Selected } from './selection.ts'
import { atOf } from './selection.ts'
import { lookUp, samplesOfRows } from './selector.ts'
import { setOperation } from './set-operator.ts'
import type { SeriesData } from './source.ts'
import { isStepInvariant } from './step-invariant.ts'
import { type Straight, straightOf, straightWriter, withoutParens } from './straight.ts'

export interface Query extends Period {
  readonly lookbackMs: number
  /** Of subqueries that name no step. */
  readonly subqueryStepMs: number
  /** Names go at the end of the evaluation. */
  readonly delayed: boolean
  /** Aggregations take the short way where there is one. */
  readonly straight: boolean
}

/** Evaluates checked expressions over data that is already there. */
export class Evaluator {
  readonly #query: Query
  readonly #selected: Selected
  readonly #budget: Budget
  readonly #notes: Notes
  readonly #known = new Map<string, Operand>()

  constructor(query: Query, selected: Selected, budget: Budget, notes: Notes) {
    this.#query = query
    this.#selected = selected
    this.#budget = budget
    this.#notes = notes
  }

  /** Throws `PromqlError` when the data do not fit the expression or a limit is reached. */
  *evaluate(expr: Expr, grid: Grid): Work<Operand> {
    this.#budget.check()
    if (expr.kind === 'string') return { type: 'string', value: expr.value }
    if (expr.kind === 'number') return scalar(grid, () => expr.value)
    if (expr.kind === 'matrixSelector' || expr.kind === 'subquery') {
      return { type: 'matrix', ranges: yield* this.#ranges(expr, grid) }
    }
    if (expr.kind === 'paren') return yield* this.evaluate(expr.expr, grid)
    if (grid.steps > 1 && isStepInvariant(expr)) {
      const once = yield* this.#compute(expr, { ...grid, steps: 1 })
      return yield* spread(once, grid.steps, this.#budget)
    }
    return yield* this.#compute(expr, grid)
  }

  /** The same text over the same instants is worked out once: rules repeat themselves. */
  *#aggregationOnce(expr: Aggregation, grid: Grid): Work<Operand> {
    const { startMs, stepMs, steps } = grid
    const key = `${startMs} ${stepMs} ${steps} ${textKept(expr)}`
    const known = this.#known.get(key)
    if (known) return known
    const operand = vector(yield* this.#aggregation(expr, grid))
    this.#known.set(key, operand)
    return operand
  }

  *#compute(expr: Expr, grid: Grid): Work<Operand> {
    switch (expr.kind) {
      case 'vectorSelector':
        return vector(yield* this.#lookUp(expr, grid, false))
      case 'call':
        return yield* this.#call(expr, grid)
      case 'aggregation':
        return yield* this.#aggregationOnce(expr, grid)
      case 'binary':
        return yield* this.#binary(expr, grid)
      case 'unary':
        return yield* this.#unary(expr, grid)
      default:
        throw new RangeError(`no computation of ${expr.kind}`)
    }
  }

  #context(grid: Grid): Context {
    const { delayed } = this.#query
    return { grid, notes: this.#notes, budget: this.#budget, delayed }
  }

  #data(selector: VectorSelector): Found {
    const found = this.#selected.get(selector)
    if (!found) throw new RangeError('a selector whose data was not fetched')
    return found
  }

  *#lookUp(selector: VectorSelector, grid: Grid, timestamps: boolean): Work<Frame> {
    const { series, distinctNameless } = this.#data(selector)
    const writer = new RowWriter(grid.steps, series.length, metricsOf(series))
    yield* this.#lookUpInto(writer, selector, grid, timestamps)
    return writer.frame(distinctNameless)
  }

  *#lookUpInto(
    sink: RowSink,
    selector: VectorSelector,
    grid: Grid,
    timestamps: boolean,
  ): Work<number> {
    const { series } = this.#data(selector)
    this.#budget.takeSamples(series.length * grid.steps)
    const { lookbackMs } = this.#query
    const { offsetMs } = selector
    const atMs = atOf(selector.at, this.#query)
    const lookup = { grid, lookbackMs, offsetMs, atMs, timestamps }
    return yield* lookUp(series, lookup, sink, this.#budget)
  }

  *#ranges(expr: Extract<Expr, { kind: 'matrixSelector' | 'subquery' }>, grid: Grid): Work<Ranges> {
    const { offsetMs, at } = expr.kind === 'subquery' ? expr : expr.vector
    const { rangeMs } = expr
    const atMs = atOf(at, this.#query)
    const place = { rangeMs, offsetMs, ...(atMs !== undefined && { atMs }) }
    if (expr.kind === 'subquery') {
      const inner = subqueryGrid(expr, { grid, atMs, stepMs: this.#query.subqueryStepMs })
      this.#budget.takeSamples(inner.steps)
      const frame = frameOf(yield* this.evaluate(expr.expr, inner))
      const { distinctNameless } = frame
      const series = yield* samplesOfRows(frame, inner, this.#budget)
      const metricOf = (row: number) => frame.metrics[row] as Metric
      const nameOf = (row: number) => metricOf(row).get('__name__')
      return { ...place, series, metricOf, nameOf, distinctNameless, subquery: true }
    }
    const { series, distinctNameless } = this.#data(expr.vector)
    const nameOf = (i: number) => series[i]?.labels.__name__ ?? ''
    const metricOf = metricsOf(series)
    return { ...place, series, metricOf, nameOf, distinctNameless, subquery: false }
  }

  *#call(call: Call, grid: Grid): Work<Operand> {
    if (call.func === 'timestamp') {
      const [arg] = call.args.map(withoutParens)
      if (arg?.kind === 'vectorSelector') {
        const frame = yield* this.#lookUp(arg, grid, true)
        return vector(yield* dropNames(frame, this.#query.delayed, this.#budget))
      }
    }
    return yield* callFunction(call, yield* this.#args(call, grid), this.#context(grid))
  }

  *#args({ args }: Call, grid: Grid): Work<readonly Operand[]> {
    const operands: Operand[] = []
    for (const arg of args) operands.push(yield* this.evaluate(arg, grid))
    return operands
  }

  *#aggregation(expr: Aggregation, grid: Grid): Work<Frame> {
    const budget = this.#budget
    const straight = this.#query.straight && straightOf(expr)
    const summed = straight && (yield* this.#straight(expr, straight, grid))
    if (summed) return summed
    const param = expr.param && (yield* this.evaluate(expr.param, grid))
    const frame = frameOf(yield* this.evaluate(expr.expr, grid))
    budget.takeSamples(frame.values.length)
    if (expr.op === 'count_values') {
      return yield* countValues(expr, frame, textOf(param), budget)
    }
    const params = param ? numbersOf(param) : new Float64Array(grid.steps)
    return yield* aggregate(expr, frame, params, this.#context(grid))
  }

  /** Without a frame in between. */
  *#straight(expr: Aggregation, straight: Straight, grid: Grid): Work<Frame | undefined> {
    const { inner, selector, nameless } = straight
    const { series, distinctNameless } = this.#data(selector)
    // Series that become the same without their names are for the long way to find.
    if (nameless && !distinctNameless) return undefined
    const names = { nameless, delayed: this.#query.delayed }
    const writer = straightWriter(expr, series, names, grid)
    const used =
      inner.kind === 'call'
        ? yield* overWindows(inner, yield* this.#args(inner, grid), writer, this.#context(grid))
        : yield* this.#lookUpInto(writer, selector, grid, false)
    this.#budget.takeSamples(used * grid.steps)
    return writer.frame(!expr.grouping.includes('__name__'))
  }

  *#binary(expr: Binary, grid: Grid): Work<Operand> {
    const context = this.#context(grid)
    const { op, matching } = expr
    const left = yield* this.evaluate(expr.left, grid)
    const right = yield* this.evaluate(expr.right, grid)
    if (left.type === 'scalar') {
      if (right.type === 'scalar') {
        return { type: 'scalar', values: scalarBinary(op, left.values, right.values) }
      }
      const swapped = { ...context, swapped: true }
      return vector(yield* vectorScalarBinary(expr, frameOf(right), left.values, swapped))
    }
    if (right.type === 'scalar') {
      const straight = { ...context, swapped: false }
      return vector(yield* vectorScalarBinary(expr, frameOf(left), right.values, straight))
    }
    const [a, b] = [frameOf(left), frameOf(right)]
    this.#budget.takeSamples(a.values.length + b.values.length)
    return vector(
      yield* isSetOp(op)
        ? setOperation({ op, matching }, a, b, this.#budget)
        : vectorBinary(expr, a, b, context),
    )
  }

  *#unary({ op, expr }: Unary, grid: Grid): Work<Operand> {
    const operand = yield* this.evaluate(expr, grid)
    if (op === '+') return operand
    if (operand.type === 'scalar') {
      return { type: 'scalar', values: operand.values.map((value) => -value) }
    }
    const negated = yield* mapCells(frameOf(operand), this.#budget, (value) => -value)
    return vector(yield* dropNames(negated, this.#query.delayed, this.#budget))
  }
}

function metricsOf(series: readonly SeriesData[]): (i: number) => Metric {
  return (i) => metricOf((series[i] as SeriesData).labels)
}

/** The value of one instant at all. */
function* spread(operand: Operand, steps: number, budget: Budget): Work<Operand> {
  if (operand.type === 'scalar') {
    return { type: 'scalar', values: new Float64Array(steps).fill(operand.values[0] ?? Number.NaN) }
  }
  return vector(yield* broadcast(frameOf(operand), steps, budget))
}

/** The instants of a subquery: multiples of its step within all its windows, which are open on the left. */
function subqueryGrid(
  subquery: Subquery,
  outer: { readonly grid: Grid; readonly atMs: number | undefined; readonly stepMs: number },
): Grid {
  const { grid } = outer
  const stepMs = subquery.stepMs || outer.stepMs
  const beforeMs = (outer.atMs ?? grid.startMs) - subquery.offsetMs - subquery.rangeMs
  const lastMs = outer.atMs ?? grid.startMs + (grid.steps - 1) * grid.stepMs
  const startMs = (Math.floor(beforeMs / stepMs) + 1) * stepMs
  const steps = Math.floor((lastMs - subquery.offsetMs - startMs) / stepMs) + 1
  // As in Prometheus, what `@` fixes is evaluated once even where no instant is in the window.
  return { startMs, stepMs, steps: Math.max(isStepInvariant(subquery.expr) ? 1 : 0, steps) }
}

const TEXTS = new WeakMap<Expr, string>()

/** The text of an expression; rules are evaluated again and again. */
function textKept(expr: Expr): string {
  const known = TEXTS.get(expr)
  if (known !== undefined) return known
  const text = print(expr)
  TEXTS.set(expr, text)
  return text
}
