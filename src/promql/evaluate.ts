import type { UnixMs } from '../model/time.ts'
import { type Clock, systemClock } from '../support/clock.ts'
import { inTurns, type Turns, threadTurns, type Work } from '../support/turns.ts'
import { Notes } from './annotation.ts'
import type { Expr } from './ast.ts'
import { Budget, DEFAULT_LIMITS, type Limits, type Signal } from './budget.ts'
import { documented, typeOf } from './check.ts'
import { Evaluator } from './evaluator.ts'
import { PromqlError } from './failure.ts'
import type { Grid } from './frame.ts'
import { quote } from './literal.ts'
import type { Operand } from './operand.ts'
import { parse } from './parse.ts'
import { resolveDurations } from './resolve-durations.ts'
import { instantValue, type Presenting, rangeValue, sampleCount } from './result.ts'
import type { Query } from './selected-data.ts'
import { planOf, selectAll } from './selection.ts'
import type { Source } from './source.ts'
import type { Value } from './value.ts'

export interface EvaluateOptions {
  /** How old a sample may be that an instant selector still takes; 5 minutes. */
  readonly lookbackMs?: number
  /** The step of subqueries that name none; 1 minute. */
  readonly subqueryStepMs?: number
  /** Prometheus' feature `promql-delayed-name-removal`: metric names go at the end; false. */
  readonly delayedNameRemoval?: boolean
  readonly limits?: Partial<Limits>
  /** Cancels the evaluation. */
  readonly signal?: Signal
  /** For the timeout. */
  readonly clock?: Clock
  /** False: aggregations never take the short way from samples to groups; for tests. */
  readonly straight?: boolean
  /** When long work lets others go on; those of this thread. */
  readonly turns?: Turns
}

/**
 * The value of an expression (a text is parsed first) at one instant.
 * Rejects with `PromqlError`, or with what the source throws.
 */
export async function evaluateInstant(
  expr: Expr | string,
  atMs: UnixMs,
  source: Source,
  options: EvaluateOptions = {},
): Promise<Value> {
  const written = typeof expr === 'string' ? parse(expr) : expr
  const root = resolveDurations(written, { step: 0, range: 0 })
  const grid: Grid = { startMs: atMs, stepMs: 1, steps: 1 }
  return run(root, { grid, endMs: atMs, present: instantValue }, source, options)
}

/**
 * The values of a scalar or an instant vector at `startMs` and every `stepMs` after it up to `endMs`:
 * a matrix. Rejects as `evaluateInstant`.
 */
export async function evaluateRange(
  expr: Expr | string,
  startMs: UnixMs,
  endMs: UnixMs,
  stepMs: number,
  source: Source,
  options: EvaluateOptions = {},
): Promise<Value> {
  if (!(stepMs > 0)) throw new RangeError(`stepMs is ${stepMs}, must be greater than 0`)
  const root = typeof expr === 'string' ? parse(expr) : expr
  const type = typeOf(root)
  if (type !== 'scalar' && type !== 'vector') {
    throw new PromqlError(
      'parse',
      `invalid expression type ${quote(documented(type))} for range query, must be Scalar or instant Vector`,
    )
  }
  const steps = Math.max(0, Math.floor((endMs - startMs) / stepMs) + 1)
  const grid: Grid = { startMs, stepMs, steps }
  const times = { step: stepMs / 1000, range: (endMs - startMs) / 1000 }
  return run(resolveDurations(root, times), { grid, endMs, present: rangeValue }, source, options)
}

interface Plan {
  readonly grid: Grid
  readonly endMs: UnixMs
  readonly present: (operand: Operand, presenting: Presenting) => Work<Value>
}

/** First fetches the data of all selectors, then evaluates. */
async function run(
  expr: Expr,
  { grid, endMs, present }: Plan,
  source: Source,
  options: EvaluateOptions,
): Promise<Value> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const { clock = systemClock, turns = threadTurns, signal } = options
  const budget = new Budget(limits, clock, turns, signal)
  const notes = new Notes()
  const query: Query = {
    startMs: grid.startMs,
    endMs,
    lookbackMs: options.lookbackMs ?? 300_000,
    subqueryStepMs: options.subqueryStepMs ?? 60_000,
    delayed: options.delayedNameRemoval ?? false,
    straight: options.straight ?? true,
  }
  budget.takeSamples(grid.steps)
  const selected = await selectAll(planOf(expr, query, query.lookbackMs), source, budget)
  const evaluator = new Evaluator(query, selected, budget, notes)
  const worked = inTurns(answer(), turns)
  const value = worked instanceof Promise ? await worked : worked
  budget.checkResult(sampleCount(value))
  return value

  function* answer(): Work<Value> {
    const operand = yield* evaluator.evaluate(expr, grid)
    return yield* present(operand, { grid, budget, annotations: notes.toAnnotations() })
  }
}
