/** An expression laid out over lines, as Prometheus' `format_query` does. */
import { type Aggregation, type Binary, type Expr, print } from '../../../promql/index.ts'

/** What is longer is split. */
const LINE_BYTES = 100

export function pretty(expr: Expr, level = 0): string {
  const text = print(expr)
  const indent = '  '.repeat(level)
  const isLong = Buffer.byteLength(text) > LINE_BYTES
  // Prometheus does not indent a short subquery.
  if (!isLong) return expr.kind === 'subquery' ? text : indent + text
  const inner = (part: Expr) => pretty(part, level + 1)
  switch (expr.kind) {
    case 'aggregation': {
      const parts = expr.param ? [expr.param, expr.expr] : [expr.expr]
      return `${indent}${headOf(expr, text)}(\n${parts.map(inner).join(',\n')}\n${indent})`
    }
    case 'binary':
      return `${inner(expr.left)}\n${indent}${operatorOf(expr, text)}\n${inner(expr.right)}`
    case 'call':
      return `${indent}${expr.func}(\n${expr.args.map(inner).join(',\n')}\n${indent})`
    case 'paren':
      return `${indent}(\n${inner(expr.expr)}\n${indent})`
    case 'subquery':
      return pretty(expr.expr, level) + text.slice(print(expr.expr).length)
    case 'unary':
      return `${indent}${expr.op}${pretty(expr.expr, level).trim()}`
    default:
      return indent + text
  }
}

/** `sum by (a) ` */
function headOf({ param, expr }: Aggregation, text: string): string {
  const parts = param ? [param, expr] : [expr]
  return text.slice(0, -`(${parts.map(print).join(', ')})`.length)
}

/** `== on (a) group_left ()` */
function operatorOf({ left, right }: Binary, text: string): string {
  return text.slice(print(left).length + 1, -print(right).length - 1)
}
