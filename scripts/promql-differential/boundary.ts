/**
 * Prometheus 2.42 is closed on the left where 3 is open. A query in which a sample or an instant of a subquery
 * could stand exactly there is not compared.
 */
import type { UnixMs } from '../../src/model/time.ts'
import { children, type Expr, type VectorSelector } from '../../src/promql/index.ts'

const SECOND_MS = 1000
/** Of samples; the instants of subqueries have 0. */
const SAMPLE_PHASE_MS = 437
const LOOKBACK_MS = 300_000

/** Milliseconds within the second: of the instant of evaluation, and of the query's start and end. */
interface Phases {
  readonly atMs: number
  readonly queryMs: number
}

export function isOnBoundary(expr: Expr, startMs: UnixMs): boolean {
  const queryMs = startMs % SECOND_MS
  return reaches(expr, { atMs: queryMs, queryMs })
}

function reaches(expr: Expr, phases: Phases): boolean {
  switch (expr.kind) {
    case 'vectorSelector':
      return edges(expr, LOOKBACK_MS, phases).includes(SAMPLE_PHASE_MS)
    case 'matrixSelector':
      return edges(expr.vector, expr.rangeMs, phases).includes(SAMPLE_PHASE_MS)
    case 'subquery':
      return (
        expr.stepMs % SECOND_MS !== 0 ||
        edges(expr, expr.rangeMs, phases).includes(0) ||
        reaches(expr.expr, { ...phases, atMs: 0 })
      )
    default:
      return children(expr).some((child) => reaches(child, phases))
  }
}

/** The phases at which a window ends and begins. */
function edges(
  { offsetMs, at }: Pick<VectorSelector, 'offsetMs' | 'at'>,
  rangeMs: number,
  { atMs, queryMs }: Phases,
): readonly number[] {
  const fixedMs = at?.kind === 'time' ? at.ms : at && queryMs
  const endMs = (fixedMs ?? atMs) - offsetMs
  return [endMs, endMs - rangeMs].map((ms) => ((ms % SECOND_MS) + SECOND_MS) % SECOND_MS)
}
