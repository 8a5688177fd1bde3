import type { AtModifier, Expr, MatrixSelector, Span, Subquery, VectorSelector } from './ast.ts'
import type { Duration } from './duration.ts'
import { parseFailure } from './failure.ts'
import { formatNumber } from './literal.ts'

type Selector = VectorSelector | MatrixSelector | Subquery

function isSelector(expr: Expr): expr is Selector {
  return (
    expr.kind === 'vectorSelector' || expr.kind === 'matrixSelector' || expr.kind === 'subquery'
  )
}

function inner(selector: Selector): VectorSelector | Subquery {
  return selector.kind === 'matrixSelector' ? selector.vector : selector
}

function modified(
  selector: Selector,
  change: Written<'offset'> | { at: AtModifier },
  span: Span,
): Expr {
  if (selector.kind !== 'matrixSelector') return { ...selector, ...change, span }
  return { ...selector, vector: { ...selector.vector, ...change }, span }
}

const PRECEDED =
  'must be preceded by an instant vector selector or range vector selector or a subquery'

/** A duration as it came out, and as it is written where it is computed. */
export type Written<Name extends string> = { readonly [Key in `${Name}Ms`]: number } & {
  readonly [Key in Name]?: Duration
}

export function withOffset(expr: Expr, offset: Written<'offset'>, span: Span): Expr {
  if (!isSelector(expr)) throw parseFailure(expr.span, `offset modifier ${PRECEDED}`)
  if (hasOffset(inner(expr))) throw parseFailure(expr.span, 'offset may not be set multiple times')
  return modified(expr, offset, span)
}

function hasOffset({ offset, offsetMs }: VectorSelector | Subquery): boolean {
  return offset !== undefined || offsetMs !== 0
}

/** `to` is seconds, or which edge of the query. */
export function withAt(expr: Expr, to: number | 'start' | 'end', span: Span): Expr {
  if (typeof to === 'number' && !(Math.abs(to) < 2 ** 63)) {
    const shown = Number.isFinite(to) ? to.toFixed(6) : formatNumber(to)
    throw parseFailure(expr.span, `timestamp out of bounds for @ modifier: ${shown}`)
  }
  if (!isSelector(expr)) throw parseFailure(expr.span, `@ modifier ${PRECEDED}`)
  if (inner(expr).at) throw parseFailure(expr.span, '@ <timestamp> may not be set multiple times')
  const at: AtModifier = typeof to === 'number' ? { kind: 'time', ms: roundMs(to) } : { kind: to }
  return modified(expr, { at }, span)
}

/** Halves away from zero, as Go rounds. */
function roundMs(seconds: number): number {
  const ms = seconds * 1000
  return Math.sign(ms) * Math.round(Math.abs(ms)) || 0
}

export function withRange(expr: Expr, range: Written<'range'>, bracket: Span, span: Span): Expr {
  if (expr.kind !== 'vectorSelector') {
    throw parseFailure(bracket, 'ranges only allowed for vector selectors')
  }
  if (hasOffset(expr)) throw parseFailure(bracket, 'no offset modifiers allowed before range')
  if (expr.at) throw parseFailure(bracket, 'no @ modifiers allowed before range')
  return { kind: 'matrixSelector', vector: expr, ...range, span }
}

export function withSubquery(
  expr: Expr,
  times: Written<'range'> & Written<'step'>,
  span: Span,
): Expr {
  return { kind: 'subquery', expr, ...times, offsetMs: 0, span }
}
