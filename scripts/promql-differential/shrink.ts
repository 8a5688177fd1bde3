/** Smaller queries that might still show the same difference. */
import { children, type Expr, parse, print, typeOf } from '../../src/promql/index.ts'

/** One step smaller, the smallest first; each parses. */
export function smaller(text: string): readonly string[] {
  let expr: Expr
  try {
    expr = parse(text)
  } catch {
    return []
  }
  const parts = descendants(expr).filter((each) => {
    const type = typeOf(each)
    return type === 'vector' || type === 'scalar'
  })
  const variants = [...parts, ...changed(expr)].map(print)
  const known = new Set<string>()
  const { length } = print(expr)
  return variants
    .filter((each) => each.length < length && isNew(each, known) && parses(each))
    .sort((a, b) => a.length - b.length)
}

function isNew(text: string, known: Set<string>): boolean {
  if (known.has(text)) return false
  known.add(text)
  return true
}

function parses(text: string): boolean {
  try {
    parse(text)
    return true
  } catch {
    return false
  }
}

function descendants(expr: Expr): readonly Expr[] {
  return children(expr).flatMap((child) => [child, ...descendants(child)])
}

/** The tree with one place in it simpler. */
function changed(expr: Expr): readonly Expr[] {
  return [...simpler(expr), ...inChildren(expr)]
}

function simpler(expr: Expr): readonly Expr[] {
  const replaced = descendants(expr).filter((each) => typeOf(each) === typeOf(expr))
  switch (expr.kind) {
    case 'vectorSelector':
      return [...withoutModifiers(expr), ...withoutMatchers(expr)]
    case 'matrixSelector':
      return withoutModifiers(expr.vector).map((vector) => ({ ...expr, vector }))
    case 'subquery':
      return [...replaced, ...withoutModifiers(expr)]
    case 'aggregation':
      return [
        ...replaced,
        ...expr.grouping.map((label) => ({
          ...expr,
          grouping: expr.grouping.filter((each) => each !== label),
        })),
      ]
    default:
      return replaced
  }
}

function withoutModifiers<T extends Extract<Expr, { offsetMs: number }>>(expr: T): readonly T[] {
  const { at: _, ...rest } = expr
  return [
    ...(expr.offsetMs === 0 ? [] : [{ ...expr, offsetMs: 0 }]),
    ...(expr.at ? [rest as T] : []),
  ]
}

function withoutMatchers(expr: Extract<Expr, { kind: 'vectorSelector' }>): readonly Expr[] {
  return expr.matchers
    .filter(({ name }) => name !== '__name__')
    .map((matcher) => ({ ...expr, matchers: expr.matchers.filter((each) => each !== matcher) }))
}

function inChildren(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'matrixSelector':
      return changed(expr.vector).flatMap((vector) =>
        vector.kind === 'vectorSelector' ? [{ ...expr, vector }] : [],
      )
    case 'call':
      return expr.args.flatMap((arg, i) =>
        changed(arg).map((each) => ({ ...expr, args: expr.args.with(i, each) })),
      )
    case 'aggregation':
      return [
        ...changed(expr.expr).map((each) => ({ ...expr, expr: each })),
        ...(expr.param ? changed(expr.param).map((param) => ({ ...expr, param })) : []),
      ]
    case 'binary':
      return [
        ...changed(expr.left).map((left) => ({ ...expr, left })),
        ...changed(expr.right).map((right) => ({ ...expr, right })),
      ]
    case 'subquery':
    case 'unary':
    case 'paren':
      return changed(expr.expr).map((each) => ({ ...expr, expr: each }))
    default:
      return []
  }
}
