/** How far before its instant an expression reads. Pure. */
import { children, type Expr } from '../../promql/index.ts'

/** An instant selector takes samples this old. */
const STALENESS_MS = 5 * 60_000

export function lookBackMs(expr: Expr): number {
  if (expr.kind === 'vectorSelector') return STALENESS_MS + Math.max(0, expr.offsetMs)
  if (expr.kind === 'matrixSelector') return expr.rangeMs + Math.max(0, expr.vector.offsetMs)
  const own = expr.kind === 'subquery' ? expr.rangeMs + Math.max(0, expr.offsetMs) : 0
  return own + Math.max(0, ...children(expr).map(lookBackMs))
}
