import { done, type Work } from '../support/turns.ts'
import { aggregate, countValues } from './aggregate.ts'
import type { Notes } from './annotation.ts'
import type { Aggregation, Binary, Call, Expr, Subquery, Unary, VectorSelector } from './ast.ts'
import { isSetOp } from './ast.ts'
import { scalarBinary, vectorBinary, vectorScalarBinary } from './binary.ts'
import type { Budget } from './budget.ts'
import type { Frame, Grid } from './frame.ts'
import { broadcast, dropNames, mapCells, RowWriter } from './frame.ts'
import { callFunction } from './function.ts'
import { keptList } from './kept.ts'
import type { Metric } from './metric.ts'
import type { Context, Operand } from './operand.ts'
import { frameOf, numbersOf, scalar, textOf, vector } from './operand.ts'
import { textKept } from './print.ts'
import { overWindows } from './range-function.ts'
import { metricsOf, type Query, SelectedData } from './selected-data.ts'
import { atOf, type Selected } from './selection.ts'
import { samplesOfRows } from './selector.ts'
import { setOperation } from './set-operator.ts'
import { isStepInvariant } from './step-invariant.ts'
import { type Straight, straightOf, straightWriter, withoutParens } from './straight.ts'
import { subqueryGrid } from './subquery-grid.ts'

/** What needs to be worked out. */
type Computed = Extract<
  Expr,
  { kind: 'vectorSelector' | 'call' | 'aggregation' | 'binary' | 'unary' }
>

/** What expressions repeat. */
type Repeated = VectorSelector | Call | Aggregation

/** Evaluates checked expressions over data that is already there. */
export class Evaluator {
  readonly #query: Query
  readonly #data: SelectedData
  readonly #budget: Budget
  readonly #notes: Notes
  /** By instants, by text. */
  readonly #known = new Map<string, Map<string, Operand>>()

  constructor(query: Query, selected: Selected, budget: Budget, notes: Notes) {
    this.#query = query
    this.#data = new SelectedData(query, selected, budget)
    this.#budget = budget
    this.#notes = notes
  }

  /** Throws `PromqlError` when the data do not fit the expression or a limit is reached. */
  evaluate(expr: Expr, grid: Grid): Work<Operand> {
    this.#budget.check()
    switch (expr.kind) {
      case 'string':
        return done({ type: 'string', value: expr.value })
      case 'number':
        return done(scalar(grid, () => expr.value))
      case 'matrixSelector':
        return done({ type: 'matrix', ranges: this.#data.windowsOf(expr) })
      case 'subquery':
        return this.#subquery(expr, grid)
      case 'paren':
        return this.evaluate(expr.expr, grid)
      default:
        return grid.steps > 1 && isStepInvariant(expr)
          ? this.#atOneStep(expr, grid)
          : this.#compute(expr, grid)
    }
  }

  /** The value of one instant is that of all. */
  *#atOneStep(expr: Computed, grid: Grid): Work<Operand> {
    const { steps } = grid
    const operand = yield* this.#compute(expr, { ...grid, steps: 1 })
    if (operand.type !== 'scalar') {
      return vector(yield* broadcast(frameOf(operand), steps, this.#budget))
    }
    return { type: 'scalar', values: new Float64Array(steps).fill(operand.values[0] ?? Number.NaN) }
  }

  #compute(expr: Computed, grid: Grid): Work<Operand> {
    switch (expr.kind) {
      case 'vectorSelector':
      case 'call':
        // Of many instants not all that was worked out is kept.
        return grid.steps === 1 ? this.#once(expr, grid) : this.#anew(expr, grid)
      case 'aggregation':
        return this.#once(expr, grid)
      case 'binary':
        return this.#binary(expr, grid)
      case 'unary':
        return this.#unary(expr, grid)
    }
  }

  /**
   * The same text over the same instants is worked out once: rules repeat themselves. What has annotations is worked
   * out at each place, as they tell where.
   */
  *#once(expr: Repeated, grid: Grid): Work<Operand> {
    const { startMs, stepMs, steps } = grid
    const instants = `${startMs} ${stepMs} ${steps}`
    const known = this.#known.get(instants) ?? new Map<string, Operand>()
    this.#known.set(instants, known)
    const text = textKept(expr)
    const before = known.get(text)
    if (before) return before
    const taken = this.#notes.taken
    const operand = yield* this.#anew(expr, grid)
    if (this.#notes.taken === taken) known.set(text, operand)
    return operand
  }

  #anew(expr: Repeated, grid: Grid): Work<Operand> {
    if (expr.kind === 'vectorSelector') return this.#lookUp(expr, grid, false)
    return expr.kind === 'call' ? this.#call(expr, grid) : this.#aggregationOf(expr, grid)
  }

  *#aggregationOf(expr: Aggregation, grid: Grid): Work<Operand> {
    const straight = this.#query.straight ? this.#straightOf(expr) : undefined
    const frame = yield* straight
      ? this.#straight(expr, straight, grid)
      : this.#aggregation(expr, grid)
    return vector(frame)
  }

  #context(grid: Grid): Context {
    const { delayed } = this.#query
    return { grid, notes: this.#notes, budget: this.#budget, delayed }
  }

  *#lookUp(selector: VectorSelector, grid: Grid, timestamps: boolean): Work<Operand> {
    const { series, distinctNameless } = this.#data.of(selector)
    const writer = new RowWriter(grid.steps, series.length, metricsOf(series))
    yield* this.#data.lookUp(selector, { grid, timestamps }, writer)
    const found = writer.frame(distinctNameless)
    const frame = { ...found, metrics: keptList(selector, found.metrics) }
    return vector(timestamps ? yield* dropNames(frame, this.#query.delayed, this.#budget) : frame)
  }

  *#subquery(expr: Subquery, grid: Grid): Work<Operand> {
    const { rangeMs, offsetMs } = expr
    const atMs = atOf(expr.at, this.#query)
    const inner = subqueryGrid(expr, { grid, atMs, stepMs: this.#query.subqueryStepMs })
    this.#budget.takeSamples(inner.steps)
    const frame = frameOf(yield* this.evaluate(expr.expr, inner))
    const { distinctNameless } = frame
    const series = yield* samplesOfRows(frame, inner, this.#budget)
    const metricOf = (row: number) => frame.metrics[row] as Metric
    const nameOf = (row: number) => metricOf(row).get('__name__')
    const place = { rangeMs, offsetMs, atMs }
    const ranges = { ...place, series, metricOf, nameOf, distinctNameless, subquery: true }
    return { type: 'matrix', ranges }
  }

  *#call(call: Call, grid: Grid): Work<Operand> {
    if (call.func === 'timestamp') {
      const [arg] = call.args.map(withoutParens)
      if (arg?.kind === 'vectorSelector') return yield* this.#lookUp(arg, grid, true)
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
    const param = expr.param && (yield* this.evaluate(expr.param, grid))
    const frame = frameOf(yield* this.evaluate(expr.expr, grid))
    budget.takeSamples(frame.values.length)
    if (expr.op === 'count_values') {
      return yield* countValues(expr, frame, textOf(param), budget)
    }
    const params = param ? numbersOf(param) : new Float64Array(grid.steps)
    return yield* aggregate(expr, frame, params, this.#context(grid))
  }

  /** How an aggregation goes without a frame in between, if it can. */
  #straightOf(expr: Aggregation): Straight | undefined {
    const straight = straightOf(expr)
    if (!straight) return undefined
    // Series that become the same without their names are for the long way to find.
    const fits = !straight.nameless || this.#data.of(straight.selector).distinctNameless
    return fits ? straight : undefined
  }

  *#straight(expr: Aggregation, straight: Straight, grid: Grid): Work<Frame> {
    const { inner, selector, nameless } = straight
    const names = { nameless, delayed: this.#query.delayed }
    const writer = straightWriter(expr, this.#data.of(selector).series, names, grid)
    const used =
      inner.kind === 'call'
        ? yield* overWindows(inner, yield* this.#args(inner, grid), writer, this.#context(grid))
        : yield* this.#data.lookUp(selector, { grid, timestamps: false }, writer)
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
