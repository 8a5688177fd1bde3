import { aggregate, countValues } from './aggregate.ts'
import type { Notes } from './annotation.ts'
import type { Aggregation, Binary, Call, Expr, Subquery, Unary, VectorSelector } from './ast.ts'
import { isSetOp } from './ast.ts'
import { scalarBinary, vectorBinary, vectorScalarBinary } from './binary.ts'
import type { Budget } from './budget.ts'
import type { Frame, Grid } from './frame.ts'
import { broadcast, dropNames, mapCells } from './frame.ts'
import { callFunction } from './function.ts'
import type { Context, Operand } from './operand.ts'
import { frameOf, numbersOf, scalar, textOf, vector } from './operand.ts'
import { print } from './print.ts'
import type { Period, Selected } from './selection.ts'
import { atOf } from './selection.ts'
import { isDistinctNameless, lookUp, rangeSeries, rangeSeriesOfRows } from './selector.ts'
import { setOperation } from './set-operator.ts'
import { isStepInvariant } from './step-invariant.ts'

export interface Query extends Period {
  readonly lookbackMs: number
  /** Of subqueries that name no step. */
  readonly subqueryStepMs: number
  /** Names go at the end of the evaluation. */
  readonly delayed: boolean
}

/** An expression costs at least as much as so many samples. */
const EXPR_WORK = 16

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
  async evaluate(expr: Expr, grid: Grid): Promise<Operand> {
    this.#budget.check()
    const rest = this.#budget.tick(EXPR_WORK)
    if (rest) await rest
    if (expr.kind === 'string') return { type: 'string', value: expr.value }
    if (expr.kind === 'number') return scalar(grid, () => expr.value)
    if (expr.kind === 'matrixSelector' || expr.kind === 'subquery') return this.#ranges(expr, grid)
    if (expr.kind === 'paren') return this.evaluate(expr.expr, grid)
    if (grid.steps > 1 && isStepInvariant(expr)) {
      return spread(await this.#compute(expr, { ...grid, steps: 1 }), grid.steps)
    }
    return this.#compute(expr, grid)
  }

  /** The same text over the same instants is worked out once: rules repeat themselves. */
  async #once(
    expr: Expr,
    { startMs, stepMs, steps }: Grid,
    work: () => Promise<Operand>,
  ): Promise<Operand> {
    const key = `${startMs} ${stepMs} ${steps} ${textKept(expr)}`
    const known = this.#known.get(key)
    if (known) return known
    const operand = await work()
    this.#known.set(key, operand)
    return operand
  }

  async #compute(expr: Expr, grid: Grid): Promise<Operand> {
    switch (expr.kind) {
      case 'vectorSelector':
        return vector(await this.#lookUp(expr, grid, false))
      case 'call':
        return this.#call(expr, grid)
      case 'aggregation':
        return this.#once(expr, grid, async () => vector(await this.#aggregation(expr, grid)))
      case 'binary':
        return this.#binary(expr, grid)
      case 'unary':
        return this.#unary(expr, grid)
      default:
        throw new RangeError(`no computation of ${expr.kind}`)
    }
  }

  #context(grid: Grid): Context {
    const { delayed } = this.#query
    return { grid, notes: this.#notes, budget: this.#budget, delayed }
  }

  #data(selector: VectorSelector) {
    const series = this.#selected.get(selector)
    if (!series) throw new RangeError('a selector whose data was not fetched')
    return { series, distinctNameless: isDistinctNameless(selector, series) }
  }

  #lookUp(selector: VectorSelector, grid: Grid, timestamps: boolean): Promise<Frame> {
    const { series, distinctNameless } = this.#data(selector)
    this.#budget.takeSamples(series.length * grid.steps)
    const { lookbackMs } = this.#query
    const { offsetMs } = selector
    const atMs = atOf(selector.at, this.#query)
    const budget = this.#budget
    const place = { grid, lookbackMs, offsetMs, atMs }
    return lookUp(series, distinctNameless, { ...place, timestamps, budget })
  }

  async #ranges(
    expr: Extract<Expr, { kind: 'matrixSelector' | 'subquery' }>,
    grid: Grid,
  ): Promise<Operand> {
    const { offsetMs, at } = expr.kind === 'subquery' ? expr : expr.vector
    const { rangeMs } = expr
    const atMs = atOf(at, this.#query)
    const place = { rangeMs, offsetMs, ...(atMs !== undefined && { atMs }) }
    if (expr.kind === 'subquery') {
      const inner = subqueryGrid(expr, { grid, atMs, stepMs: this.#query.subqueryStepMs })
      this.#budget.takeSamples(inner.steps)
      const frame = frameOf(await this.evaluate(expr.expr, inner))
      const series = await rangeSeriesOfRows(frame, inner, this.#budget)
      return {
        type: 'matrix',
        ranges: { ...place, series, distinctNameless: frame.distinctNameless, subquery: true },
      }
    }
    const { series: found, distinctNameless } = this.#data(expr.vector)
    const series = await rangeSeries(found, this.#budget)
    return { type: 'matrix', ranges: { ...place, series, distinctNameless, subquery: false } }
  }

  async #call(call: Call, grid: Grid): Promise<Operand> {
    if (call.func === 'timestamp') {
      let [arg] = call.args
      while (arg?.kind === 'paren') arg = arg.expr
      if (arg?.kind === 'vectorSelector') {
        const frame = await this.#lookUp(arg, grid, true)
        return vector(await dropNames(frame, this.#query.delayed, this.#budget))
      }
    }
    const args: Operand[] = []
    for (const arg of call.args) args.push(await this.evaluate(arg, grid))
    return callFunction(call, args, this.#context(grid))
  }

  async #aggregation(expr: Aggregation, grid: Grid): Promise<Frame> {
    const param = expr.param && (await this.evaluate(expr.param, grid))
    const frame = frameOf(await this.evaluate(expr.expr, grid))
    this.#budget.takeSamples(frame.values.length)
    if (expr.op === 'count_values') return countValues(expr, frame, textOf(param), this.#budget)
    const params = param ? numbersOf(param) : new Float64Array(grid.steps)
    return aggregate(expr, frame, params, this.#context(grid))
  }

  async #binary(expr: Binary, grid: Grid): Promise<Operand> {
    const context = this.#context(grid)
    const { op, matching } = expr
    const left = await this.evaluate(expr.left, grid)
    const right = await this.evaluate(expr.right, grid)
    if (left.type === 'scalar') {
      if (right.type === 'scalar') {
        return { type: 'scalar', values: scalarBinary(op, left.values, right.values) }
      }
      const swapped = { ...context, swapped: true }
      return vector(await vectorScalarBinary(expr, frameOf(right), left.values, swapped))
    }
    if (right.type === 'scalar') {
      const straight = { ...context, swapped: false }
      return vector(await vectorScalarBinary(expr, frameOf(left), right.values, straight))
    }
    const [a, b] = [frameOf(left), frameOf(right)]
    this.#budget.takeSamples(a.values.length + b.values.length)
    return vector(
      await (isSetOp(op)
        ? setOperation({ op, matching }, a, b, this.#budget)
        : vectorBinary(expr, a, b, context)),
    )
  }

  async #unary({ op, expr }: Unary, grid: Grid): Promise<Operand> {
    const operand = await this.evaluate(expr, grid)
    if (op === '+') return operand
    if (operand.type === 'scalar') {
      return { type: 'scalar', values: operand.values.map((value) => -value) }
    }
    const negated = await mapCells(frameOf(operand), this.#budget, (value) => -value)
    return vector(await dropNames(negated, this.#query.delayed, this.#budget))
  }
}

/** The value of one instant at all. */
function spread(operand: Operand, steps: number): Operand {
  if (operand.type === 'scalar') {
    return { type: 'scalar', values: new Float64Array(steps).fill(operand.values[0] ?? Number.NaN) }
  }
  return vector(broadcast(frameOf(operand), steps))
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
