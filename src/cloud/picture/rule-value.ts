/** What a rule compares, from its expression. Pure. */
import { type Expr, isComparison, print } from '../../promql/index.ts'

export interface RuleValue {
  readonly query: string
  /** What it is compared with, where that is a number. */
  readonly threshold?: number
}

/** The left side of its comparison, also where there are conditions behind it; else the whole. */
export function ruleValue(expr: Expr): RuleValue {
  if (expr.kind === 'paren') return ruleValue(expr.expr)
  if (expr.kind !== 'binary' || expr.bool) return { query: print(expr) }
  const { op, left, right } = expr
  if (op === 'and' || op === 'unless') return ruleValue(left)
  // One rule read for several report intervals, or for servers without clients.
  if (op === 'or') return either(ruleValue(left), ruleValue(right))
  if (!isComparison(op)) return { query: print(expr) }
  const [limit, other] = [numberOf(right), numberOf(left)]
  if (limit === undefined && other !== undefined) return { query: print(right), threshold: other }
  return { query: print(left), ...(limit !== undefined && { threshold: limit }) }
}

function either(one: RuleValue, other: RuleValue): RuleValue {
  const query = one.query === other.query ? one.query : `(${one.query}) or (${other.query})`
  const { threshold } = one
  return { query, ...(threshold !== undefined && threshold === other.threshold && { threshold }) }
}

function numberOf(expr: Expr): number | undefined {
  if (expr.kind === 'paren') return numberOf(expr.expr)
  if (expr.kind === 'number') return expr.value
  if (expr.kind !== 'unary') return undefined
  const value = numberOf(expr.expr)
  return value === undefined || expr.op === '+' ? value : -value
}
