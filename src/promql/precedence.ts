/** Operators and operands in the order of the text → the expression, by yacc's precedences. */
import type { Binary, BinaryOp, Expr } from './ast.ts'
import type { Positions } from './position.ts'

export type Postfix = (operand: Expr) => Expr
export type BinaryPart = Pick<Binary, 'op' | 'bool' | 'matching' | 'opSpan'>

/** One step of an expression in the order of its text, free of lezer's idea of precedence. */
export type Item =
  | { readonly kind: 'operand'; readonly expr: Expr }
  | { readonly kind: 'prefix'; readonly op: '+' | '-'; readonly start: number }
  | { readonly kind: 'postfix'; readonly apply: Postfix }
  | { readonly kind: 'binary'; readonly part: BinaryPart }

const PRECEDENCE: Record<BinaryOp, number> = {
  or: 1,
  and: 2,
  unless: 2,
  '==': 3,
  '!=': 3,
  '>': 3,
  '<': 3,
  '>=': 3,
  '<=': 3,
  '</': 3,
  '>/': 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
  '%': 5,
  atan2: 5,
  '^': 6,
}
const UNARY_PRECEDENCE = 5

/** Precedence climbing; `^` binds to the right, all else to the left. */
export function climbed(items: readonly Item[], positions: Positions): Expr {
  let at = 0
  const operand = (): Expr => {
    const item = items[at++]
    if (item?.kind === 'prefix') {
      return signed(item, climb(operand(), UNARY_PRECEDENCE + 1), positions)
    }
    if (item?.kind !== 'operand') throw new RangeError('an operator where an operand must stand')
    let { expr } = item
    for (let next = items[at]; next?.kind === 'postfix'; next = items[++at]) expr = next.apply(expr)
    return expr
  }
  const climb = (first: Expr, least: number): Expr => {
    let left = first
    for (let next = items[at]; next?.kind === 'binary'; next = items[at]) {
      const precedence = PRECEDENCE[next.part.op]
      if (precedence < least) break
      at++
      const right = climb(operand(), next.part.op === '^' ? precedence : precedence + 1)
      const span = positions.span(left.span.start, right.span.end)
      left = { kind: 'binary', ...next.part, left, right, span }
    }
    return left
  }
  return climb(operand(), 0)
}

type Prefix = Extract<Item, { kind: 'prefix' }>

function signed({ op, start }: Prefix, expr: Expr, positions: Positions): Expr {
  const span = positions.span(start, expr.span.end)
  if (expr.kind !== 'number') return { kind: 'unary', op, expr, span }
  return { ...expr, value: op === '-' ? -expr.value : expr.value, span }
}
