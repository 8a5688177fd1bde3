/** How far before its instant an expression reads. Pure. */
import { children, type Expr, type VectorSelector } from '../../promql/index.ts'

/** An instant selector takes samples this old. */
const STALENESS_MS = 5 * 60_000

/** With `counts` only by way of selectors of which it is true. */
export function lookBackMs(expr: Expr, counts?: (selector: VectorSelector) => boolean): number {
  return Math.max(0, backOf(expr, counts))
}

/** With `counts` -Infinity where none does. */
function backOf(expr: Expr, counts?: (selector: VectorSelector) => boolean): number {
  const leastMs = counts ? -Infinity : 0
  if (expr.kind === 'vectorSelector') {
    return counts?.(expr) === false ? leastMs : STALENESS_MS + Math.max(0, expr.offsetMs)
  }
  if (expr.kind === 'matrixSelector') {
    const { vector, rangeMs } = expr
    return counts?.(vector) === false ? leastMs : rangeMs + Math.max(0, vector.offsetMs)
  }
  const own = expr.kind === 'subquery' ? expr.rangeMs + Math.max(0, expr.offsetMs) : 0
  return own + Math.max(leastMs, ...children(expr).map((child) => backOf(child, counts)))
}
