import type { Aggregation, Binary, Expr } from './ast.ts'
import { print, printGrouping, printOperator, printSteps } from './print.ts'

/** What is longer, in bytes and without its indentation, is split into lines. */
const MAX_BYTES = 100

export interface PrettyOptions {
  /** How a part will look in the end, where that is not as `print` has it. */
  readonly shown?: (text: string) => string
  /**
   * The first line begins at the margin, as YAML likes it: so do the left sides of an operator that is in no
   * bracket. By default they are indented, which shows how operators bind.
   */
  readonly flush?: boolean
}

interface Layout {
  fits(part: Expr): boolean
  readonly flush: boolean
}

/**
 * An expression as `promtool promql format` writes it: what fits in a line as `print` has it, the rest split
 * at brackets and operators. Source: prometheus `promql/parser/prettier.go`.
 */
export function prettify(expr: Expr, options: PrettyOptions = {}): string {
  const { shown = (text) => text, flush = false } = options
  const fits = (part: Expr) => Buffer.byteLength(shown(print(part))) <= MAX_BYTES
  return shown(lines(expr, 0, { fits, flush }))
}

function lines(expr: Expr, level: number, layout: Layout): string {
  const indent = '  '.repeat(level)
  if (layout.fits(expr)) return indent + print(expr)
  const bracket = (head: string, parts: readonly Expr[]) => {
    const inner = parts.map((part) => lines(part, level + 1, layout)).join(',\n')
    return `${indent}${head}(\n${inner}\n${indent})`
  }
  switch (expr.kind) {
    case 'aggregation':
      return bracket(printGrouping(expr), partsOf(expr))
    case 'call':
      return expr.args.length > 0 ? bracket(expr.func, expr.args) : indent + print(expr)
    case 'paren':
      return bracket('', [expr.expr])
    case 'binary':
      return binary(expr, level, layout)
    case 'unary':
      return `${indent}${expr.op}${lines(expr.expr, level, layout).trimStart()}`
    case 'subquery':
      return lines(expr.expr, level, layout) + printSteps(expr)
    default:
      return indent + print(expr)
  }
}

function binary(expr: Binary, level: number, layout: Layout): string {
  const left = lines(expr.left, layout.flush && level === 0 ? 0 : level + 1, layout)
  const right = lines(expr.right, level + 1, layout)
  return `${left}\n${'  '.repeat(level)}${printOperator(expr)}\n${right}`
}

function partsOf({ param, expr }: Aggregation): readonly Expr[] {
  return param ? [param, expr] : [expr]
}
