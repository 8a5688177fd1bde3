import type { Expr, VectorSelector } from './ast.ts'
import { children } from './ast.ts'
import { durationMs, type QueryTimes } from './duration.ts'

/**
 * The expression with every computed duration as it comes out in a query. Throws `PromqlError` where one comes to
 * nothing that can be used.
 */
export function resolveDurations(expr: Expr, times: QueryTimes): Expr {
  return isComputed(expr) ? resolve(expr, times) : expr
}

const computed = new WeakMap<Expr, boolean>()

/** Expressions are kept: so is this, as long as they are. */
function isComputed(expr: Expr): boolean {
  const known = computed.get(expr) ?? hasComputed(expr)
  computed.set(expr, known)
  return known
}

function hasComputed(expr: Expr): boolean {
  const own =
    (expr.kind === 'vectorSelector' && expr.offset) ||
    (expr.kind === 'matrixSelector' && expr.range) ||
    (expr.kind === 'subquery' && (expr.offset || expr.range || expr.step))
  return own !== undefined && own !== false ? true : children(expr).some(hasComputed)
}

function resolve(expr: Expr, times: QueryTimes): Expr {
  const inner = <T extends Expr>(each: T) => resolve(each, times)
  switch (expr.kind) {
    case 'vectorSelector':
      return resolveSelector(expr, times)
    case 'matrixSelector': {
      const { range, ...rest } = expr
      const rangeMs = range ? durationMs(range, times, false) : expr.rangeMs
      return { ...rest, rangeMs, vector: resolveSelector(expr.vector, times) }
    }
    case 'subquery': {
      const { range, step, offset, ...rest } = expr
      return {
        ...rest,
        expr: inner(expr.expr),
        rangeMs: range ? durationMs(range, times, false) : expr.rangeMs,
        stepMs: step ? durationMs(step, times, false) : expr.stepMs,
        offsetMs: offset ? durationMs(offset, times, true) : expr.offsetMs,
      }
    }
    case 'call':
      return { ...expr, args: expr.args.map(inner) }
    case 'aggregation':
      return { ...expr, expr: inner(expr.expr), ...(expr.param && { param: inner(expr.param) }) }
    case 'binary':
      return { ...expr, left: inner(expr.left), right: inner(expr.right) }
    case 'unary':
    case 'paren':
      return { ...expr, expr: inner(expr.expr) }
    default:
      return expr
  }
}

function resolveSelector(selector: VectorSelector, times: QueryTimes): VectorSelector {
  const { offset, ...rest } = selector
  return offset ? { ...rest, offsetMs: durationMs(offset, times, true) } : selector
}
