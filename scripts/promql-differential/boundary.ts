/**
 * Prometheus 2.42 is closed on the left where 3 is open. A query in which a sample or an instant of a subquery
 * could stand exactly there is not compared.
 */
import { children, type Expr, type VectorSelector } from '../../src/promql/index.ts'

const SECOND_MS = 1000
/** Of queries, of samples, of the instants of subqueries. */
const QUERY_PHASE_MS = 500
const SAMPLE_PHASE_MS = 437
const LOOKBACK_MS = 300_000

export function isOnBoundary(expr: Expr): boolean {
  return reaches(expr, QUERY_PHASE_MS)
}

function reaches(expr: Expr, phaseMs: number): boolean {
  switch (expr.kind) {
    case 'vectorSelector':
      return touches(expr, LOOKBACK_MS, { phaseMs, at: SAMPLE_PHASE_MS })
    case 'matrixSelector':
      return touches(expr.vector, expr.rangeMs, { phaseMs, at: SAMPLE_PHASE_MS })
    case 'subquery':
      return (
        expr.stepMs % SECOND_MS !== 0 ||
        touches(expr, expr.rangeMs, { phaseMs, at: 0 }) ||
        reaches(expr.expr, 0)
      )
    default:
      return children(expr).some((child) => reaches(child, phaseMs))
  }
}

function touches(
  { offsetMs, at: fixed }: Pick<VectorSelector, 'offsetMs' | 'at'>,
  rangeMs: number,
  { phaseMs, at }: { readonly phaseMs: number; readonly at: number },
): boolean {
  const endMs = fixed?.kind === 'time' ? fixed.ms : fixed ? QUERY_PHASE_MS : phaseMs
  const phases = [endMs - offsetMs, endMs - offsetMs - rangeMs]
  return phases.some((ms) => (((ms - at) % SECOND_MS) + SECOND_MS) % SECOND_MS === 0)
}
