import type { SyntaxNode } from '@lezer/common'
import { keywordPlaces, type Place } from './keyword-place.ts'
import type { Scan, Token } from './lex.ts'
import { describe } from './lex.ts'
import { parseDurationMs, quote } from './literal.ts'
import { EXPERIMENTAL_AGGREGATIONS, EXPERIMENTAL_FUNCTIONS, SIGNATURES } from './signature.ts'

export interface Fault {
  readonly start: number
  readonly message: string
}

/** The first thing wrong with a text, in Prometheus' words; undefined when its syntax is right. */
export function syntaxFault(tree: SyntaxNode, scanned: Scan): Fault | undefined {
  const { tokens, error } = scanned
  if (tokens[0]?.kind === 'end') return { start: 0, message: 'no expression found in input' }
  const faults = [tokenFault(tokens), treeFault(tree, scanned), error]
  return faults
    .filter((fault) => fault !== undefined)
    .reduce<Fault | undefined>(
      (first, fault) => (first && first.start <= fault.start ? first : fault),
      undefined,
    )
}

/** What single tokens show: durations, and names before a parenthesis that are no functions. */
function tokenFault(tokens: readonly Token[]): Fault | undefined {
  const places = keywordPlaces(tokens)
  for (const [i, token] of tokens.entries()) {
    const misplaced = nameFault(token, places[i], tokens[i - 1])
    if (misplaced) return misplaced
    if (token.kind === 'duration') {
      const parsed = parseDurationMs(token.text)
      if (typeof parsed === 'string') return { start: token.start, message: parsed }
    }
    if (places[i] === 'duration') continue
    if (places[i] === 'operand' && tokens[i + 1]?.text !== '(') continue
    const message = callFault(token, tokens[i - 1], tokens[i + 1])
    if (message) return { start: token.start, message }
  }
  return undefined
}

/** Keywords that lezer takes for names and Prometheus does not: no metric is `atan2`, no label `without`. */
function nameFault(token: Token, place: Place, before?: Token): Fault | undefined {
  const { kind, text, start } = token
  if (kind !== 'keyword') return undefined
  const word = text.toLowerCase()
  const what = `unexpected ${describe(token)}`
  if (place === 'operand' && word === 'atan2') return { start, message: what }
  const first = before?.text === '(' || before?.text === ','
  return place === 'label' && word === 'without' && first
    ? { start, message: `${what} in grouping opts, expected label` }
    : undefined
}

const NO_CALL_AFTER = ['by', 'without', 'on', 'ignoring', 'group_left', 'group_right', '@']

function callFault({ kind, text }: Token, before?: Token, after?: Token): string | undefined {
  if (kind === 'identifier' && after?.text === '(') {
    if (SIGNATURES.has(text)) return undefined
    const name = quote(text)
    return EXPERIMENTAL_FUNCTIONS.has(text)
      ? `function ${name} is not enabled`
      : `unknown function with name ${name}`
  }
  if (kind !== 'keyword') return undefined
  const word = text.toLowerCase()
  if (word === 'anchored' || word === 'smoothed') {
    const operand = before && (before.kind === 'identifier' || /^[)}\]]$/.test(before.text))
    return operand ? `${word} modifier is experimental and not enabled` : undefined
  }
  if (after?.text !== '(') return undefined
  if (word.startsWith('fill')) return 'binop fill modifiers are experimental and not enabled'
  if (NO_CALL_AFTER.includes(before?.text ?? '')) return undefined
  if (EXPERIMENTAL_AGGREGATIONS.has(word)) {
    return `${word}() is experimental and must be enabled with --enable-feature=promql-experimental-functions`
  }
  if (!EXPERIMENTAL_FUNCTIONS.has(text)) return undefined
  return `function ${quote(text)} is not enabled`
}

function treeFault(tree: SyntaxNode, { tokens, error }: Scan): Fault | undefined {
  let fault: SyntaxNode | undefined
  tree.cursor().iterate((node) => {
    if (node.type.isError && (!fault || node.from < fault.from)) fault = node.node
  })
  if (!fault) return undefined
  const from = fault.from
  const token = tokens.find(({ start, text }) => start >= from || start + text.length > from)
  if (!token) return error
  const [context, expected] = contextOf(fault, token)
  const place = context && ` in ${context}`
  return {
    start: token.start,
    message: `unexpected ${describe(token)}${place}${expected && `, expected ${expected}`}`,
  }
}

/** The words yacc's error rules have for the place, told from where lezer stumbled. */
function contextOf(fault: SyntaxNode, token: Token): readonly [string, string] {
  const parent = fault.parent
  const before = fault.prevSibling
  switch (parent?.name) {
    case 'LabelMatchers':
      if (!before || before.name === 'LabelMatchers' || token.text === ',') {
        return ['label matching', 'identifier or "}"']
      }
      return ['label matching', '"," or "}"']
    case 'UnquotedLabelMatcher':
    case 'QuotedLabelMatcher':
      return ['label matching', before?.name === 'MatchOp' ? 'string' : 'label matching operator']
    case 'GroupingLabels':
      return ['grouping opts', before && token.text !== ',' ? '"," or ")"' : 'label']
    case 'AggregateModifier':
    case 'MatchingModifierClause':
      return ['grouping opts', '"("']
    case 'AggregateExpr':
      return ['aggregation', '']
    case 'MatrixSelector':
      return ['subquery or range', '":" or "]"']
    case 'SubqueryExpr':
      return ['subquery selector', '"]"']
    case 'OffsetExpr':
    case 'OffsetDurationExpr':
      return ['offset', 'number, duration, step(), or range()']
    case 'StepInvariantExpr':
      return ['@', 'timestamp']
    case 'DurationExpr':
      return ['subquery or range selector', 'number, duration, step(), or range()']
    default:
      return ['', '']
  }
}
