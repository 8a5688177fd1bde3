import type { Aggregation, Binary, Call, Expr, Matching, ValueType, VectorSelector } from './ast.ts'
import { isComparison, isSetOp } from './ast.ts'
import { parseFailure } from './failure.ts'
import { quote } from './literal.ts'
import { compileMatcher } from './matcher.ts'
import { SIGNATURES } from './signature.ts'

/** The type of an expression, unchecked. */
export function typeOf(expr: Expr): ValueType {
  switch (expr.kind) {
    case 'number':
      return 'scalar'
    case 'string':
      return 'string'
    case 'vectorSelector':
    case 'aggregation':
      return 'vector'
    case 'matrixSelector':
    case 'subquery':
      return 'matrix'
    case 'call':
      return SIGNATURES.get(expr.func)?.returns ?? 'vector'
    case 'binary':
      return typeOf(expr.left) === 'scalar' && typeOf(expr.right) === 'scalar' ? 'scalar' : 'vector'
    case 'unary':
    case 'paren':
      return typeOf(expr.expr)
  }
}

/**
 * Checks types, argument counts and matching as Prometheus does (`checkAST` of promql/parser/parse.go)
 * and returns the expression's type. Throws `PromqlError` with the first fault.
 */
export function check(expr: Expr): ValueType {
  switch (expr.kind) {
    case 'aggregation':
      checkAggregation(expr)
      break
    case 'binary':
      checkBinary(expr)
      break
    case 'call':
      checkCall(expr)
      break
    case 'vectorSelector':
      checkSelector(expr)
      break
    case 'matrixSelector':
      check(expr.vector)
      break
    case 'paren':
      check(expr.expr)
      break
    case 'unary': {
      const type = check(expr.expr)
      if (type !== 'scalar' && type !== 'vector') {
        fail(
          expr,
          `unary expression only allowed on expressions of type scalar or instant vector, got ${quote(documented(type))}`,
        )
      }
      break
    }
    case 'subquery': {
      const type = check(expr.expr)
      if (type !== 'vector') {
        fail(expr, `subquery is only allowed on instant vector, got ${type} instead`)
      }
      break
    }
  }
  return typeOf(expr)
}

/** How Prometheus names types to users. */
export function documented(type: ValueType): string {
  return { vector: 'instant vector', matrix: 'range vector', scalar: 'scalar', string: 'string' }[
    type
  ]
}

function fail({ span }: Pick<Expr, 'span'>, message: string): never {
  throw parseFailure(span, message)
}

function expectType(expr: Expr, want: ValueType, context: string): void {
  const type = check(expr)
  if (type !== want) {
    fail(expr, `expected type ${documented(want)} in ${context}, got ${documented(type)}`)
  }
}

function checkAggregation({ op, expr, param }: Aggregation): void {
  expectType(expr, 'vector', 'aggregation expression')
  if (param) expectType(param, op === 'count_values' ? 'string' : 'scalar', 'aggregation parameter')
}

function checkBinary(expr: Binary): void {
  const { op, left, right, bool, matching, opSpan } = expr
  const types = [check(left), check(right)]
  const scalars = types.filter((type) => type === 'scalar').length
  if (bool && !isComparison(op)) {
    fail({ span: opSpan }, 'bool modifier can only be used on comparison operators')
  }
  if (isComparison(op) && !bool && scalars === 2) {
    fail({ span: opSpan }, 'comparisons between scalars must use BOOL modifier')
  }
  const twice = matching.on && matching.labels.find((label) => matching.include.includes(label))
  if (twice) {
    fail({ span: opSpan }, `label ${quote(twice)} must not occur in ON and GROUP clause at once`)
  }
  for (const [i, side] of [left, right].entries()) {
    if (types[i] !== 'scalar' && types[i] !== 'vector') {
      fail(side, 'binary expression must contain only scalar and instant vector types')
    }
  }
  checkMatching(expr, matching, scalars > 0)
}

function checkMatching(expr: Binary, matching: Matching, withScalar: boolean): void {
  if (withScalar && matching.labels.length > 0) {
    fail(expr, 'vector matching only allowed between instant vectors')
  }
  if (!withScalar && isSetOp(expr.op) && matching.card !== 'many-to-many') {
    fail(expr, `no grouping allowed for ${quote(expr.op)} operation`)
  }
  if (withScalar && isSetOp(expr.op)) {
    fail(expr, `set operator ${quote(expr.op)} not allowed in binary scalar expression`)
  }
}

function checkCall(call: Call): void {
  const { func, args } = call
  const signature = SIGNATURES.get(func)
  if (!signature) return fail(call, `unknown function with name ${quote(func)}`)
  const { args: wanted, variadic } = signature
  const place = `in call to ${quote(func)}, got ${args.length}`
  const least = variadic === 0 ? wanted.length : wanted.length - 1
  if (variadic === 0 && args.length !== least) {
    fail(call, `expected ${least} argument(s) ${place}`)
  }
  if (args.length < least) fail(call, `expected at least ${least} argument(s) ${place}`)
  if (variadic > 0 && args.length > least + variadic) {
    fail(call, `expected at most ${least + variadic} argument(s) ${place}`)
  }
  for (const [i, arg] of args.entries()) {
    expectCallType(arg, wanted[Math.min(i, wanted.length - 1)] ?? 'vector', func)
  }
}

function expectCallType(arg: Expr, want: ValueType, func: string): void {
  expectType(arg, want, `call to function ${quote(func)}`)
}

function checkSelector(selector: VectorSelector): void {
  const { name, matchers } = selector
  if (name !== '') {
    const other = matchers.slice(0, -1).find((matcher) => matcher.name === '__name__')
    if (other) {
      fail(selector, `metric name must not be set twice: ${quote(name)} or ${quote(other.value)}`)
    }
    return
  }
  if (matchers.every((matcher) => compileMatcher(matcher)(''))) {
    fail(selector, 'vector selector must contain at least one non-empty matcher')
  }
}
