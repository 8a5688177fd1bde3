/** The syntax tree as Prometheus' `parse_query` answers it (web/api/v1/translate_ast.go). */
import type {
  Aggregation,
  AtModifier,
  Binary,
  Call,
  Expr,
  Matcher,
  VectorSelector,
} from '../../../promql/index.ts'
import { SIGNATURES, typeOf } from '../../../promql/index.ts'
import { floatText } from './json.ts'

export function exprJson(expr: Expr): object {
  switch (expr.kind) {
    case 'number':
      return { type: 'numberLiteral', val: floatText(expr.value) }
    case 'string':
      return { type: 'stringLiteral', val: expr.value }
    case 'vectorSelector':
      return { type: 'vectorSelector', ...selectorJson(expr) }
    case 'matrixSelector':
      return { type: 'matrixSelector', range: expr.rangeMs, ...selectorJson(expr.vector) }
    case 'subquery':
      return {
        type: 'subquery',
        expr: exprJson(expr.expr),
        range: expr.rangeMs,
        step: expr.stepMs,
        ...modifiersJson(expr),
      }
    case 'call':
      return callJson(expr)
    case 'aggregation':
      return aggregationJson(expr)
    case 'binary':
      return binaryJson(expr)
    case 'unary':
      return { type: 'unaryExpr', op: expr.op, expr: exprJson(expr.expr) }
    case 'paren':
      return { type: 'parenExpr', expr: exprJson(expr.expr) }
  }
}

function selectorJson(selector: VectorSelector): object {
  const { name, matchers } = selector
  return { name, matchers: matchers.map(matcherJson), ...modifiersJson(selector) }
}

function matcherJson({ name, op, value }: Matcher): object {
  return { name, value, type: op }
}

interface Modifiers {
  readonly offsetMs: number
  readonly at?: AtModifier
}

function modifiersJson({ offsetMs, at }: Modifiers): object {
  return {
    offset: offsetMs,
    timestamp: at?.kind === 'time' ? at.ms : null,
    startOrEnd: at && at.kind !== 'time' ? at.kind : null,
  }
}

function callJson({ func, args }: Call): object {
  const { args: argTypes, variadic, returns: returnType } = SIGNATURES.get(func) ?? {}
  return {
    type: 'call',
    func: { name: func, argTypes, variadic, returnType },
    args: args.map(exprJson),
  }
}

function aggregationJson({ op, param, expr, grouping, without }: Aggregation): object {
  return {
    type: 'aggregation',
    op,
    expr: exprJson(expr),
    param: param ? exprJson(param) : null,
    grouping,
    without,
  }
}

function binaryJson({ op, left, right, bool, matching }: Binary): object {
  const { card, labels, on, include } = matching
  const isVector = typeOf(left) === 'vector' && typeOf(right) === 'vector'
  return {
    type: 'binaryExpr',
    op,
    lhs: exprJson(left),
    rhs: exprJson(right),
    matching: isVector ? { card, labels, on, include } : null,
    bool,
  }
}
