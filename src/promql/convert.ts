import type { SyntaxNode } from '@lezer/common'
import { messageOf } from '../support/failure.ts'
import type { AggregationOp, BinaryOp, Call, Expr, Matching, VectorSelector } from './ast.ts'
import { isSetOp } from './ast.ts'
import {
  type Duration,
  durationMs,
  isConstant,
  parseDuration,
  type QueryTimes,
} from './duration.ts'
import { parseFailure } from './failure.ts'
import type { Token } from './lex.ts'
import { parseDurationMs, parseNumber, quote, unquote } from './literal.ts'
import { compileMatcher } from './matcher.ts'
import type { Positions } from './position.ts'
import { type BinaryPart, climbed, type Item, type Postfix } from './precedence.ts'
import { withAt, withOffset, withRange, withSubquery } from './selector-modifier.ts'
import type { Matcher, MatchOp } from './source.ts'

/** The AST of a faultless lezer tree. Throws `PromqlError` for what yacc's actions refuse. */
export function convert(root: SyntaxNode, scanned: Scanned): Expr {
  return new Converter(scanned).expr(root)
}

interface Scanned {
  readonly text: string
  readonly tokens: readonly Token[]
  readonly positions: Positions
}

class Converter {
  readonly #text: string
  readonly #tokens: readonly Token[]
  readonly #positions: Positions

  constructor({ text, tokens, positions }: Scanned) {
    this.#text = text
    this.#tokens = tokens
    this.#positions = positions
  }

  expr(node: SyntaxNode): Expr {
    const items: Item[] = []
    this.#flatten(node, items)
    return climbed(items, this.#positions)
  }

  #flatten(node: SyntaxNode, items: Item[]): void {
    const inner = node.getChildren('Expr')
    const [first, second] = inner
    switch (node.name) {
      case 'BinaryExpr':
        if (first) this.#flatten(first, items)
        items.push({ kind: 'binary', part: this.#binaryPart(node) })
        if (second) this.#flatten(second, items)
        return
      case 'UnaryExpr':
        items.push({ kind: 'prefix', op: this.#sign(node), start: node.from })
        if (first) this.#flatten(first, items)
        return
      case 'OffsetExpr':
      case 'StepInvariantExpr':
      case 'MatrixSelector':
      case 'SubqueryExpr':
        if (first) this.#flatten(first, items)
        items.push({ kind: 'postfix', apply: this.#postfix(node) })
        return
      case 'NumberDurationLiteral':
        if (/[+-]/.test(this.#source(node).charAt(0))) {
          items.push({ kind: 'prefix', op: this.#sign(node), start: node.from })
        }
        items.push({ kind: 'operand', expr: this.#number(node) })
        return
      default:
        items.push({ kind: 'operand', expr: this.#operand(node) })
    }
  }

  #source(node: SyntaxNode): string {
    return this.#text.slice(node.from, node.to)
  }

  #sign(node: SyntaxNode): '+' | '-' {
    return this.#text[node.from] === '-' ? '-' : '+'
  }

  #span(node: SyntaxNode) {
    return this.#positions.span(node.from, node.to)
  }

  #number(node: SyntaxNode): Expr {
    const source = this.#source(node)
    const text = source.replace(/^[+-]\s*/, '')
    const ms = parseDurationMs(text)
    const duration = /[ywdhms]$/.test(text) && typeof ms === 'number'
    const value = duration ? ms / 1000 : parseNumber(text)
    const span = this.#positions.span(node.to - text.length, node.to)
    if (!Number.isFinite(value) && /^[\d.]/.test(text)) {
      throw parseFailure(
        span,
        `error parsing number: strconv.ParseFloat: parsing ${quote(text)}: value out of range`,
      )
    }
    return { kind: 'number', value, duration, span }
  }

  #operand(node: SyntaxNode): Expr {
    const span = this.#span(node)
    switch (node.name) {
      case 'ParenExpr':
        return { kind: 'paren', expr: this.expr(only(node, 'Expr')), span }
      case 'StringLiteral':
        return { kind: 'string', value: unquote(this.#source(node)), span }
      case 'VectorSelector':
        return this.#selector(node)
      case 'FunctionCall':
        return this.#call(node)
      case 'AggregateExpr':
        return this.#aggregation(node)
      default:
        throw parseFailure(span, `unexpected ${node.name}`)
    }
  }

  #call(node: SyntaxNode): Call {
    const func = this.#source(only(node, 'FunctionIdentifier'))
    return { kind: 'call', func, args: this.#args(node), span: this.#span(node) }
  }

  #args(node: SyntaxNode): readonly Expr[] {
    return only(node, 'FunctionCallBody')
      .getChildren('Expr')
      .map((arg) => this.expr(arg))
  }

  #aggregation(node: SyntaxNode): Expr {
    const op = this.#source(only(node, 'AggregateOp')).toLowerCase() as AggregationOp
    const modifier = node.getChild('AggregateModifier')
    const args = this.#args(node)
    const span = this.#span(node)
    if (args.length === 0) {
      throw parseFailure(span, 'no arguments for aggregate expression provided')
    }
    const wanted = ['topk', 'bottomk', 'count_values', 'quantile'].includes(op) ? 2 : 1
    const expr = args[wanted - 1]
    if (args.length !== wanted || !expr) {
      throw parseFailure(
        span,
        `wrong number of arguments for aggregate expression provided, expected ${wanted}, got ${args.length}`,
      )
    }
    const grouping = modifier ? this.#labels(only(modifier, 'GroupingLabels')) : []
    const without = modifier?.getChild('Without') != null
    const param = wanted === 2 ? args[0] : undefined
    return { kind: 'aggregation', op, expr, grouping, without, span, ...(param && { param }) }
  }

  #labels(node: SyntaxNode): readonly string[] {
    const labels: string[] = []
    for (let child = node.firstChild; child; child = child.nextSibling) {
      if (child.name === 'LabelName') labels.push(this.#source(child))
      if (child.name === 'QuotedLabelName') {
        const name = unquote(this.#source(child))
        if (name === '') {
          throw parseFailure(this.#span(child), `invalid label name for grouping: ${quote(name)}`)
        }
        labels.push(name)
      }
    }
    return labels
  }

  #binaryPart(node: SyntaxNode): BinaryPart {
    const [left, right] = node.getChildren('Expr')
    const token = left?.nextSibling
    if (!left || !right || !token) throw new RangeError('a binary expression without operands')
    const op = this.#source(token).toLowerCase() as BinaryOp
    return {
      op,
      bool: node.getChild('BoolModifier') !== null,
      matching: this.#matching(op, node.getChild('MatchingModifierClause')),
      opSpan: this.#positions.span(token.from, right.from),
    }
  }

  #matching(op: BinaryOp, clause: SyntaxNode | null): Matching {
    const card = isSetOp(op) ? 'many-to-many' : 'one-to-one'
    if (!clause) return { card, on: false, labels: [], include: [] }
    const [labels, include] = clause.getChildren('GroupingLabels').map((list) => this.#labels(list))
    const left = clause.getChild('GroupLeft')
    const right = clause.getChild('GroupRight')
    return {
      card: left ? 'many-to-one' : right ? 'one-to-many' : card,
      on: clause.getChild('On') !== null,
      labels: labels ?? [],
      include: include ?? [],
    }
  }

  #selector(node: SyntaxNode): VectorSelector {
    const span = this.#span(node)
    const identifier = node.getChild('Identifier')
    const name = identifier ? this.#source(identifier) : ''
    const matchers: Matcher[] = []
    for (let child = node.getChild('LabelMatchers')?.firstChild; child; child = child.nextSibling) {
      matchers.push(this.#matcher(child))
    }
    if (name !== '') matchers.push({ name: '__name__', op: '=', value: name })
    return { kind: 'vectorSelector', name, matchers, offsetMs: 0, span }
  }

  #matcher(node: SyntaxNode): Matcher {
    if (node.name === 'QuotedLabelName') {
      return { name: '__name__', op: '=', value: unquote(this.#source(node)) }
    }
    const label = node.firstChild
    const value = node.lastChild
    if (!label || !value) throw new RangeError('a matcher without label or value')
    const source = this.#source(label)
    const matcher: Matcher = {
      name: label.name === 'LabelName' ? source : unquote(source),
      op: this.#source(only(node, 'MatchOp')) as MatchOp,
      value: unquote(this.#source(value)),
    }
    try {
      compileMatcher(matcher)
    } catch (error) {
      throw parseFailure(this.#span(node), messageOf(error))
    }
    return matcher
  }

  #postfix(node: SyntaxNode): Postfix {
    const end = node.to
    const place = (start: number) => this.#positions.span(start, end)
    switch (node.name) {
      case 'OffsetExpr': {
        const { ms, duration } = this.#duration(only(node, 'OffsetDurationExpr'), true)
        const offset = { offsetMs: ms, ...(duration && { offset: duration }) }
        return (operand) => withOffset(operand, offset, place(operand.span.start))
      }
      case 'StepInvariantExpr': {
        const edge = node.getChild('AtModifierPreprocessors')
        const number = node.getChildren('NumberDurationLiteral').at(-1)
        const seconds = number ? this.#signed(number) : 0
        const kind = edge && (this.#source(edge).toLowerCase() === 'start' ? 'start' : 'end')
        return (operand) => withAt(operand, kind ?? seconds, place(operand.span.start))
      }
      default:
        return this.#range(node, place)
    }
  }

  #range(node: SyntaxNode, place: (start: number) => Expr['span']): Postfix {
    const [range, step] = node.getChildren('DurationExpr')
    const bracket = this.#positions.span(this.#text.lastIndexOf('[', range?.from), node.to)
    if (!range) throw new RangeError(`${node.name} without a duration`)
    const { ms: rangeMs, duration: rangeDuration } = this.#duration(range, false)
    const ranged = { rangeMs, ...(rangeDuration && { range: rangeDuration }) }
    if (node.name === 'MatrixSelector') {
      return (operand) => withRange(operand, ranged, bracket, place(operand.span.start))
    }
    const { ms: stepMs, duration } = step ? this.#duration(step, false) : { ms: 0 }
    const times = { ...ranged, stepMs, ...(duration && { step: duration }) }
    return (operand) => withSubquery(operand, times, place(operand.span.start))
  }

  #signed(node: SyntaxNode): number {
    const literal = this.#number(node)
    const value = literal.kind === 'number' ? literal.value : Number.NaN
    return this.#sign(node) === '-' && this.#source(node).startsWith('-') ? -value : value
  }

  /** In ms where that is known already; `duration` is there where it is more than a literal. */
  #duration(node: SyntaxNode, offset: boolean): { ms: number; duration?: Duration } {
    const tokens = this.#tokens.filter(
      ({ kind, start }) => kind !== 'end' && start >= node.from && start < node.to,
    )
    const duration = parseDuration(tokens, this.#positions)
    if (duration.kind !== 'number') return { ms: knownMs(duration, offset), duration }
    if (duration.seconds <= 0 && !offset) {
      const { start, end } = duration
      throw parseFailure(this.#positions.span(start, end), 'duration must be greater than 0')
    }
    return { ms: durationMs(duration, NO_TIMES, true) }
  }
}

const NO_TIMES: QueryTimes = { step: 0, range: 0 }

/** What is wrong with it is told by the query. */
function knownMs(duration: Duration, offset: boolean): number {
  if (!isConstant(duration)) return 0
  try {
    return durationMs(duration, NO_TIMES, offset)
  } catch {
    return 0
  }
}

function only(node: SyntaxNode, name: string): SyntaxNode {
  const child = node.getChild(name)
  if (!child) throw new RangeError(`${node.name} without ${name}`)
  return child
}
