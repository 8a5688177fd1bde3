import type { Place } from './keyword-place.ts'
import { AGGREGATOR_WORDS, type Token } from './lex.ts'

/** What yacc was reading, and what it would have liked instead; '' for neither. */
export type Context = readonly [what: string, expected: string]

interface Open {
  readonly kind: 'matchers' | 'labels' | 'range' | 'aggregation' | 'other'
  /** Of a range: the colon of a subquery has come. */
  colon?: boolean
}

const BY: readonly string[] = ['by', 'without']
const GROUPING: readonly string[] = [...BY, 'on', 'ignoring']
const MATCH_OPERATORS: readonly string[] = ['=', '!=', '=~', '!~']
const SIGNS: readonly string[] = ['+', '-']
const DURATIONS = 'number, duration, step(), or range()'

/** The words that Prometheus' error rules have for a token that fits nowhere: the nearest rule around it. */
export function contextAt(tokens: readonly Token[], places: readonly Place[], at: number): Context {
  const open = openAt(tokens, places, at)
  const before = tokens[at - 1]
  const word = wordBefore(tokens, places, at)
  const ranged = open.findLast(({ kind }) => kind === 'range')
  switch (open.at(-1)?.kind) {
    case 'matchers':
      return ['label matching', expectedInBraces(before)]
    case 'labels':
      return [
        'grouping opts',
        before?.text === '(' || before?.text === ',' ? 'label' : '"," or ")"',
      ]
  }
  if (ranged) return rangeContext(before, ranged, open.at(-1) === ranged)
  if (GROUPING.includes(word)) return ['grouping opts', '"("']
  if (places[at] === 'duration' || word === 'offset') return ['offset', DURATIONS]
  if (word === '@') return ['@', 'timestamp']
  return open.some(({ kind }) => kind === 'aggregation') ? ['aggregation', ''] : ['', '']
}

/** The keyword or `@` right before, or before a sign. */
function wordBefore(tokens: readonly Token[], places: readonly Place[], at: number): string {
  const signed = SIGNS.includes(tokens[at - 1]?.text ?? '')
  const index = signed ? at - 2 : at - 1
  const { kind, text = '' } = tokens[index] ?? {}
  if (text === '@') return text
  return kind === 'keyword' && places[index] !== 'operand' ? text.toLowerCase() : ''
}

function expectedInBraces(before: Token | undefined): string {
  if (before?.text === '{' || before?.text === ',') return 'identifier or "}"'
  if (before?.kind === 'identifier') return 'label matching operator'
  return MATCH_OPERATORS.includes(before?.text ?? '') ? 'string' : '"," or "}"'
}

function rangeContext(before: Token | undefined, { colon }: Open, inside: boolean): Context {
  const complete =
    inside && (before?.kind === 'number' || before?.kind === 'duration' || before?.text === ')')
  if (colon) {
    return ['subquery selector', complete ? '"]"' : 'number, duration, step(), range(), or "]"']
  }
  return complete ? ['subquery or range', '":" or "]"'] : ['subquery or range selector', DURATIONS]
}

/** The brackets that are open before a token, from outside in. */
function openAt(tokens: readonly Token[], places: readonly Place[], at: number): readonly Open[] {
  const open: Open[] = []
  /** An aggregation whose arguments have not come. */
  let aggregation = false
  for (const [i, { kind, text }] of tokens.slice(0, at).entries()) {
    const word = kind === 'keyword' ? text.toLowerCase() : ''
    const next = tokens[i + 1]?.text.toLowerCase() ?? ''
    if (AGGREGATOR_WORDS.includes(word) && (next === '(' || BY.includes(next))) aggregation = true
    if (kind !== 'symbol') continue
    const innermost = open.at(-1)
    if (text === '{') open.push({ kind: 'matchers' })
    else if (text === '[') open.push({ kind: 'range' })
    else if (text === '(') {
      const labels = places[i + 1] === 'label' || isLabelList(tokens[i - 1], places[i - 1])
      open.push({ kind: labels ? 'labels' : aggregation ? 'aggregation' : 'other' })
      if (!labels) aggregation = false
    } else if (text === ')' || text === '}' || text === ']') open.pop()
    else if (text === ':' && innermost) innermost.colon = true
  }
  if (aggregation && open.at(-1)?.kind !== 'labels') open.push({ kind: 'aggregation' })
  return open
}

function isLabelList(before: Token | undefined, place: Place): boolean {
  const words = [...GROUPING, 'group_left', 'group_right']
  return (
    before?.kind === 'keyword' && place !== 'operand' && words.includes(before.text.toLowerCase())
  )
}
