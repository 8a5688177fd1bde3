import type {
  Aggregation,
  Binary,
  Expr,
  Matching,
  MatrixSelector,
  Subquery,
  VectorSelector,
} from '../promql/index.ts'
import {
  children,
  formatDurationMs,
  formatMatcher,
  isComparison,
  isSetOp,
  print,
  typeOf,
} from '../promql/index.ts'
import type { Words } from './promql-words.ts'

/** An expression in words: a line for each node, its parts indented below it. */
export function explain(expr: Expr, words: Words): readonly string[] {
  if (expr.kind === 'paren') return explain(expr.expr, words)
  const parts = expr.kind === 'matrixSelector' ? [] : children(expr)
  const below = parts.flatMap((part) => explain(part, words))
  return [line(expr, words), ...below.map((each) => `  ${each}`)]
}

function line(expr: Expr, words: Words): string {
  switch (expr.kind) {
    case 'number':
      return words.number(print(expr), expr.duration ? String(expr.value) : undefined)
    case 'string':
      return words.text(print(expr))
    case 'vectorSelector':
      return words.newest(selected(expr, words)) + moved(expr, words)
    case 'matrixSelector':
      return rangeLine(expr, words)
    case 'subquery':
      return subqueryLine(expr, words)
    case 'call':
      return `${expr.func}: ${words.functions[expr.func] ?? ''}`
    case 'aggregation':
      return aggregationLine(expr, words)
    case 'binary':
      return binaryLine(expr, words)
    case 'unary':
      return expr.op === '-' ? words.negative : words.unchanged
    case 'paren':
      return ''
  }
}

function selected({ name, matchers }: VectorSelector, words: Words): string {
  const rest = matchers.filter((matcher) => name === '' || matcher.name !== '__name__')
  return words.series(name, rest.map(formatMatcher))
}

function moved({ offsetMs, at }: Pick<VectorSelector, 'offsetMs' | 'at'>, words: Words): string {
  const fixed =
    at && (at.kind === 'time' ? words.at(new Date(at.ms).toISOString()) : words[at.kind])
  const shifted =
    offsetMs === 0
      ? undefined
      : words[offsetMs > 0 ? 'earlier' : 'later'](formatDurationMs(Math.abs(offsetMs)))
  return [fixed, shifted].flatMap((part) => (part ? [words.comma + part] : [])).join('')
}

function rangeLine({ vector, rangeMs }: MatrixSelector, words: Words): string {
  return words.range(selected(vector, words), formatDurationMs(rangeMs)) + moved(vector, words)
}

function subqueryLine(expr: Subquery, words: Words): string {
  const step = expr.stepMs === 0 ? undefined : formatDurationMs(expr.stepMs)
  return words.subquery(formatDurationMs(expr.rangeMs), step) + moved(expr, words)
}

function aggregationLine({ op, grouping, without }: Aggregation, words: Words): string {
  const groups = without
    ? words.without(grouping)
    : grouping.length > 0
      ? words.by(grouping)
      : words.all
  return `${op}: ${words.aggregations[op]}${words.comma}${groups}`
}

function binaryLine(expr: Binary, words: Words): string {
  const { op, bool, left, right, matching } = expr
  const vectors = typeOf(left) === 'vector' && typeOf(right) === 'vector'
  const what = isSetOp(op)
    ? words.sets[op]
    : isComparison(op)
      ? words[bool || typeOf(expr) === 'scalar' ? 'compares' : 'filters'](op, side(left, right))
      : words.computes(op)
  return `${op}: ${what}${vectors ? words.comma + paired(matching, words) : ''}`
}

/** Whose values a filter keeps. */
function side(left: Expr, right: Expr): 'left' | 'right' {
  return typeOf(left) === 'scalar' && typeOf(right) === 'vector' ? 'right' : 'left'
}

function paired({ on, labels, card, include }: Matching, words: Words): string {
  const by = on ? words.on(labels) : labels.length > 0 ? words.ignoring(labels) : words.same
  if (card === 'many-to-one') return by + words.comma + words.group('left', include)
  return card === 'one-to-many' ? by + words.comma + words.group('right', include) : by
}
