import { children, type Expr, print, typeOf } from '../../src/promql/index.ts'
import { isSame } from './compare.ts'
import type { Ask, Found } from './found.ts'

/** Where a difference in the last digits decides: which, how many, over or under. */
const STEPS: ReadonlySet<string> = new Set(
  'ceil floor round sgn changes resets rate increase irate count_values topk bottomk == != < > <= >= % tan minute hour day_of_week day_of_month day_of_year days_in_month month year'.split(
    ' ',
  ),
)

/** Whether the operands are the same to 1e-9 but not to the last bit, and what is done with them is not steady. */
export async function isKnifeEdge({ smallest }: Found, expr: Expr, ask: Ask): Promise<boolean> {
  if (!STEPS.has(nameOf(expr))) return false
  let exact = true
  for (const operand of children(expr)) {
    const type = typeOf(operand)
    if (type === 'string' || (type === 'matrix' && smallest.when.stepMs !== undefined)) continue
    const [ours, theirs] = await ask({ ...smallest, expr: print(operand) })
    if (!isSame(ours, theirs)) return false
    exact &&= isSame(ours, theirs, Object.is)
  }
  return !exact
}

function nameOf(expr: Expr): string {
  if (expr.kind === 'call') return expr.func
  return expr.kind === 'aggregation' || expr.kind === 'binary' ? expr.op : ''
}
