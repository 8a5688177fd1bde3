import { type Expr, formatMatcher, type Matcher, parse, typeOf } from '../../../promql/index.ts'

/** Those that make elements out of none, or other labels. */
const NOT_BY_ELEMENT = [
  ...['absent', 'absent_over_time', 'scalar', 'vector', 'label_join', 'label_replace', 'info'],
]

/**
 * The query with `matcher`, of the label `callee`, in those of its selectors that decide of elements with such a
 * `callee` alone: of these elements it says the same, of others nothing sound. Much less is read.
 */
export function narrowed(query: string, matcher: Matcher): string {
  const text = formatMatcher(matcher)
  let written = query
  // From the end, so that what comes before stays where it is.
  for (const { name, span } of [...byCallee(parse(query))].toReversed()) {
    const at = span.start + name.length
    const [, gap = '', brace] = /^(\s*)(\{?)/.exec(written.slice(at)) ?? []
    const insert = brace === '{' ? `${text}, ` : `{${text}}`
    const place = brace === '{' ? at + gap.length + 1 : at
    written = written.slice(0, place) + insert + written.slice(place)
  }
  return written
}

/** Selectors each of whose elements ends up in elements of its own `callee`, from left to right. */
function* byCallee(expr: Expr): Generator<{ name: string; span: Expr['span'] }> {
  switch (expr.kind) {
    case 'vectorSelector':
      yield expr
      return
    case 'matrixSelector':
      yield* byCallee(expr.vector)
      return
    case 'aggregation':
      if (expr.grouping.includes('callee') !== expr.without) yield* byCallee(expr.expr)
      return
    case 'binary':
      if (!joinsByCallee(expr)) return
      yield* byCallee(expr.left)
      yield* byCallee(expr.right)
      return
    case 'call':
      if (NOT_BY_ELEMENT.includes(expr.func)) return
      for (const arg of expr.args) yield* byCallee(arg)
      return
    case 'subquery':
    case 'unary':
    case 'paren':
      yield* byCallee(expr.expr)
  }
}

function joinsByCallee({ left, right, matching }: Expr & { readonly kind: 'binary' }): boolean {
  if (typeOf(left) === 'scalar' || typeOf(right) === 'scalar') return true
  const { on, labels, include } = matching
  return labels.includes('callee') === on && !include.includes('callee')
}
