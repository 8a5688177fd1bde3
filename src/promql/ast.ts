import type { UnixMs } from '../model/time.ts'
import type { Duration } from './duration.ts'
import type { Matcher } from './source.ts'

/** Where a node stands in its text: offsets in UTF-16 units; line and column (UTF-8 bytes) from 1. */
export interface Span {
  readonly start: number
  readonly end: number
  readonly line: number
  readonly column: number
}

interface Node {
  readonly span: Span
}

/** What `@` fixes the evaluation time to. */
export type AtModifier =
  | { readonly kind: 'time'; readonly ms: UnixMs }
  | { readonly kind: 'start' }
  | { readonly kind: 'end' }

export interface NumberLiteral extends Node {
  readonly kind: 'number'
  readonly value: number
  /** Written as a duration (`5m`); the value is in seconds. */
  readonly duration: boolean
}

export interface StringLiteral extends Node {
  readonly kind: 'string'
  readonly value: string
}

export interface VectorSelector extends Node {
  readonly kind: 'vectorSelector'
  /** The name written before the braces, '' without one. */
  readonly name: string
  /** All matchers; that of the name last. */
  readonly matchers: readonly Matcher[]
  readonly offsetMs: number
  /** The offset where it is computed; `offsetMs` is what it comes to, 0 while only a query can say. */
  readonly offset?: Duration
  readonly at?: AtModifier
}

export interface MatrixSelector extends Node {
  readonly kind: 'matrixSelector'
  /** Has the offset and `@` of the whole. */
  readonly vector: VectorSelector
  readonly rangeMs: number
  /** As `offset` of a selector. */
  readonly range?: Duration
}

export interface Subquery extends Node {
  readonly kind: 'subquery'
  readonly expr: Expr
  readonly rangeMs: number
  /** 0 without one: the default evaluation interval. */
  readonly stepMs: number
  readonly offsetMs: number
  /** As `offset` of a selector. */
  readonly range?: Duration
  readonly step?: Duration
  readonly offset?: Duration
  readonly at?: AtModifier
}

export interface Call extends Node {
  readonly kind: 'call'
  readonly func: string
  readonly args: readonly Expr[]
}

export type AggregationOp =
  | 'sum'
  | 'avg'
  | 'count'
  | 'min'
  | 'max'
  | 'group'
  | 'stddev'
  | 'stdvar'
  | 'topk'
  | 'bottomk'
  | 'count_values'
  | 'quantile'

export interface Aggregation extends Node {
  readonly kind: 'aggregation'
  readonly op: AggregationOp
  readonly param?: Expr
  readonly expr: Expr
  readonly grouping: readonly string[]
  readonly without: boolean
}

export type ArithmeticOp = '+' | '-' | '*' | '/' | '%' | '^' | 'atan2'
export type ComparisonOp = '==' | '!=' | '>' | '<' | '>=' | '<='
/** Operators on native histograms; on floats they answer nothing. */
export type TrimOp = '</' | '>/'
export type SetOp = 'and' | 'or' | 'unless'
export type BinaryOp = ArithmeticOp | ComparisonOp | TrimOp | SetOp

export type Cardinality = 'one-to-one' | 'many-to-one' | 'one-to-many' | 'many-to-many'

export interface Matching {
  readonly card: Cardinality
  readonly on: boolean
  readonly labels: readonly string[]
  /** The labels of `group_left` or `group_right`. */
  readonly include: readonly string[]
}

export interface Binary extends Node {
  readonly kind: 'binary'
  readonly op: BinaryOp
  readonly left: Expr
  readonly right: Expr
  readonly bool: boolean
  readonly matching: Matching
  /** The operator with its modifiers. */
  readonly opSpan: Span
}

export interface Unary extends Node {
  readonly kind: 'unary'
  readonly op: '+' | '-'
  readonly expr: Expr
}

export interface Paren extends Node {
  readonly kind: 'paren'
  readonly expr: Expr
}

export type Expr =
  | NumberLiteral
  | StringLiteral
  | VectorSelector
  | MatrixSelector
  | Subquery
  | Call
  | Aggregation
  | Binary
  | Unary
  | Paren

export type ValueType = 'scalar' | 'string' | 'vector' | 'matrix'

const COMPARISONS: readonly string[] = ['==', '!=', '>', '<', '>=', '<=']
const SETS: readonly string[] = ['and', 'or', 'unless']

export function isComparison(op: BinaryOp): op is ComparisonOp {
  return COMPARISONS.includes(op)
}

export function isSetOp(op: BinaryOp): op is SetOp {
  return SETS.includes(op)
}

/** The direct parts of a node, as written. */
export function children(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'number':
    case 'string':
    case 'vectorSelector':
      return []
    case 'matrixSelector':
      return [expr.vector]
    case 'call':
      return expr.args
    case 'aggregation':
      return expr.param ? [expr.param, expr.expr] : [expr.expr]
    case 'binary':
      return [expr.left, expr.right]
    case 'subquery':
    case 'unary':
    case 'paren':
      return [expr.expr]
  }
}

/** Every vector selector of an expression, from left to right. */
export function selectors(expr: Expr): readonly VectorSelector[] {
  return expr.kind === 'vectorSelector' ? [expr] : children(expr).flatMap(selectors)
}

/** The metric names an expression asks for by equality, without repeats. */
export function metricNames(expr: Expr): readonly string[] {
  const names = selectors(expr).flatMap(({ matchers }) =>
    matchers.filter(({ name, op }) => name === '__name__' && op === '=').map(({ value }) => value),
  )
  return [...new Set(names)]
}
