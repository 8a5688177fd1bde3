import type { Expr } from './ast.ts'
import { children } from './ast.ts'

/** Functions whose answer depends on the instant of evaluation, whatever their arguments. */
const OF_THE_INSTANT: ReadonlySet<string> = new Set(
  'day_of_month day_of_week day_of_year days_in_month hour minute month predict_linear time timestamp year'.split(
    ' ',
  ),
)

/** Whether an expression is the same at all instants (because of `@`), so that one evaluation does. */
export function isStepInvariant(expr: Expr): boolean {
  switch (expr.kind) {
    case 'vectorSelector':
    case 'subquery':
      return expr.at !== undefined
    case 'call':
      return !OF_THE_INSTANT.has(expr.func) && expr.args.every(isStepInvariant)
    default:
      return children(expr).every(isStepInvariant)
  }
}
