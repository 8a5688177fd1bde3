import type { SyntaxNode } from '@lezer/common'
import { contextAt } from './fault-context.ts'
import { keywordPlaces, type Place } from './keyword-place.ts'
import type { Scan, Token } from './lex.ts'
import { describe } from './lex.ts'
import { parseDurationMs, quote } from './literal.ts'
import { EXPERIMENTAL_AGGREGATIONS, EXPERIMENTAL_FUNCTIONS, SIGNATURES } from './signature.ts'

export interface Fault {
  readonly start: number
  readonly message: string
  /** Where the parser notices, if not there. */
  readonly noticed?: number
}

/** The first thing wrong with a text, in Prometheus' words; undefined when its syntax is right. */
export function syntaxFault(tree: SyntaxNode, scanned: Scan): Fault | undefined {
  const { tokens, error } = scanned
  if (tokens[0]?.kind === 'end') return { start: 0, message: 'no expression found in input' }
  const faults = [...tokenFaults(tokens), treeFault(tree, scanned), error]
  return faults
    .filter((fault) => fault !== undefined)
    .reduce<Fault | undefined>(
      (first, fault) => (first && noticed(first) <= noticed(fault) ? first : fault),
      undefined,
    )
}

function noticed({ noticed: at, start }: Fault): number {
  return at ?? start
}

/** What tokens show by themselves: durations, commas, and names before a parenthesis that are no functions. */
function tokenFaults(tokens: readonly Token[]): readonly Fault[] {
  const places = keywordPlaces(tokens)
  return tokens.flatMap((token, i) => {
    const [before, after] = [tokens[i - 1], tokens[i + 1]]
    const fault =
      nameFault(token, places[i], before) ??
      durationFault(token) ??
      callFault(tokens, i, places[i]) ??
      (places[i] === undefined ? trailingComma(tokens, i) : undefined)
    return fault ? [fault] : wordFault(token, places[i], { before, after })
  })
}

function durationFault({ kind, text, start }: Token): Fault | undefined {
  const parsed = kind === 'duration' ? parseDurationMs(text) : undefined
  return typeof parsed === 'string' ? { start, message: parsed } : undefined
}

/** No function, which the parser finds out when it has read the arguments. */
function callFault(tokens: readonly Token[], at: number, place: Place): Fault | undefined {
  const token = tokens[at]
  const end = tokens[at + 1]?.text === '(' ? closing(tokens, at + 1) : undefined
  if (token?.kind !== 'identifier' || place !== 'operand' || !end) return undefined
  const { text, start } = token
  if (SIGNATURES.has(text)) return undefined
  const name = quote(text)
  const message = EXPERIMENTAL_FUNCTIONS.has(text)
    ? `function ${name} is not enabled`
    : `unknown function with name ${name}`
  return { start, message, noticed: end.start }
}

/** The parenthesis that closes the one at an index. */
function closing(tokens: readonly Token[], at: number): Token | undefined {
  let depth = 0
  return tokens.slice(at).find(({ kind, text }) => {
    if (kind === 'symbol') depth += text === '(' ? 1 : text === ')' ? -1 : 0
    return depth === 0
  })
}

/** `f(a,)`: a comma between arguments behind which none begins. */
function trailingComma(tokens: readonly Token[], at: number): Fault | undefined {
  const [token, after, before] = [tokens[at], tokens[at + 1], tokens[at - 1]]
  if (token?.text !== ',' || !after || !/^(?:symbol|end)$/.test(after.kind)) return undefined
  if (['(', '{', '+', '-'].includes(after.text)) return undefined
  if (before?.text === '(' || before?.text === ',' || !isCall(tokens, at)) return undefined
  const message = 'trailing commas not allowed in function call args'
  return { start: token.start, message, noticed: after.start }
}

/** Whether the innermost parenthesis that is open has arguments. */
function isCall(tokens: readonly Token[], at: number): boolean {
  let depth = 0
  const open = tokens.slice(0, at).findLastIndex(({ kind, text }) => {
    if (kind === 'symbol') depth += text === '(' ? 1 : text === ')' ? -1 : 0
    return depth > 0
  })
  const before = tokens[open - 1]
  return before?.kind === 'identifier' || before?.kind === 'keyword' || before?.text === ')'
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

/** Keywords of what is experimental. */
function wordFault(
  { kind, text, start }: Token,
  place: Place,
  { before, after }: { readonly before: Token | undefined; readonly after: Token | undefined },
): readonly Fault[] {
  if (kind !== 'keyword' || place === 'duration') return []
  if (place === 'operand' && after?.text !== '(') return []
  const word = text.toLowerCase()
  const fault = (message: string) => [{ start, message }]
  if (word === 'anchored' || word === 'smoothed') {
    const operand = before && (before.kind === 'identifier' || /^[)}\]]$/.test(before.text))
    return operand ? fault(`${word} modifier is experimental and not enabled`) : []
  }
  if (after?.text !== '(') return []
  if (word.startsWith('fill')) {
    return fault('binop fill modifiers are experimental and not enabled')
  }
  if (NO_CALL_AFTER.includes(before?.text ?? '')) return []
  if (EXPERIMENTAL_AGGREGATIONS.has(word)) {
    return fault(
      `${word}() is experimental and must be enabled with --enable-feature=promql-experimental-functions`,
    )
  }
  return place === 'operand' && EXPERIMENTAL_FUNCTIONS.has(text)
    ? fault(`function ${quote(text)} is not enabled`)
    : []
}

function treeFault(tree: SyntaxNode, { tokens, error }: Scan): Fault | undefined {
  let fault: SyntaxNode | undefined
  tree.cursor().iterate((node) => {
    if (node.type.isError && (!fault || node.from < fault.from)) fault = node.node
  })
  if (!fault) return undefined
  const from = fault.from
  const at = tokens.findIndex(({ start, text }) => start >= from || start + text.length > from)
  const token = tokens[at]
  if (!token) return error
  const places = keywordPlaces(tokens)
  // lezer knows the functions; Prometheus looks them up afterwards.
  if (token.text === '(' && tokens[at - 1]?.kind === 'identifier' && places[at - 1] === 'operand') {
    return error
  }
  const [context, expected] = contextAt(tokens, places, at)
  const place = context && ` in ${context}`
  return {
    start: token.start,
    message: `unexpected ${describe(token)}${place}${expected && `, expected ${expected}`}`,
  }
}
