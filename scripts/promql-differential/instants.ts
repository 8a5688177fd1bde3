import { children, type Expr, print } from '../../src/promql/index.ts'
import { isSame, type Outcome } from './compare.ts'
import { type Ask, type Found, parsed } from './found.ts'
import type { Query } from './generate.ts'

/** Whether our answer over a range is at each of its instants what Prometheus says when asked for that alone. */
export async function instantsAgree({ smallest, ours }: Found, ask: Ask): Promise<boolean> {
  const { startMs, endMs, stepMs } = smallest.when
  if (stepMs === undefined || ours.kind !== 'rows') return false
  const expr = withFixedEdges(smallest)
  for (let ms = startMs; ms <= endMs; ms += stepMs) {
    const [, theirs] = await ask({ expr, when: { startMs: ms, endMs: ms } })
    if (!isSame(columnAt(ours, ms), theirs)) return false
  }
  return true
}

/** The query with the times that `@ start()` and `@ end()` stand for. */
export function withFixedEdges({ expr, when: { startMs, endMs } }: Query): string {
  return expr
    .replaceAll('@ start()', `@ ${startMs / 1000}`)
    .replaceAll('@ end()', `@ ${endMs / 1000}`)
}

function columnAt(outcome: Extract<Outcome, { kind: 'rows' }>, ms: number): Outcome {
  const rows = outcome.rows.flatMap(({ labels, times, values }) => {
    const value = values[times.indexOf(ms)]
    return value === undefined ? [] : [{ labels, times: [ms], values: [value] }]
  })
  return { kind: 'rows', type: 'vector', rows }
}

/** Of subqueries that name none. */
const DEFAULT_STEP_MS = 60_000

/** What the subqueries of an instant query ask. */
export function innerQueries(query: Query): readonly Query[] {
  const root = parsed(withFixedEdges(query))
  return root ? innerOf(root, query.when.startMs) : []
}

function innerOf(expr: Expr, atMs: number): readonly Query[] {
  if (expr.kind !== 'subquery') return children(expr).flatMap((child) => innerOf(child, atMs))
  const endMs = (expr.at?.kind === 'time' ? expr.at.ms : atMs) - expr.offsetMs
  const stepMs = expr.stepMs || DEFAULT_STEP_MS
  const startMs = (Math.floor((endMs - expr.rangeMs) / stepMs) + 1) * stepMs
  return endMs < startMs ? [] : [{ expr: print(expr.expr), when: { startMs, endMs, stepMs } }]
}
