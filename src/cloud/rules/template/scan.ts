/** Cuts a template into texts and actions, and an action into tokens. */
import { unquote } from './go-text.ts'
import { TemplateFault } from './syntax.ts'

export interface Token {
  readonly kind: 'word' | 'variable' | 'field' | 'dot' | 'constant' | 'sign'
  readonly text: string
  readonly value?: string | number | bigint
  readonly offset: number
  /** Follows its predecessor without a space: `(x).Field`, `$x.Field`. */
  readonly glued: boolean
}

export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'action'; readonly tokens: readonly Token[]; readonly offset: number }

const TRIM_START = /^-(?=[ \t\r\n])/
const COMMENT = /\/\*[\s\S]*?\*\//y
const CLOSE = /(?:[ \t\r\n]-)?\}\}/y

export function scan(text: string): Piece[] {
  const pieces: Piece[] = []
  let at = 0
  let trim = false
  for (;;) {
    const open = text.indexOf('{{', at)
    let plain = text.slice(at, open < 0 ? undefined : open)
    if (trim) plain = plain.replace(/^[ \t\r\n]+/, '')
    const trimBefore = open >= 0 && TRIM_START.test(text.slice(open + 2, open + 4))
    if (trimBefore) plain = plain.replace(/[ \t\r\n]+$/, '')
    if (plain !== '') pieces.push({ kind: 'text', text: plain })
    if (open < 0) return pieces
    const action = scanAction(text, open, open + (trimBefore ? 3 : 2))
    if (action.tokens) pieces.push({ kind: 'action', tokens: action.tokens, offset: open })
    at = action.end
    trim = action.trimAfter
  }
}

function scanAction(text: string, open: number, from: number) {
  const comment = matchAt(COMMENT, text, from + (/^\s*/.exec(text.slice(from))?.[0].length ?? 0))
  const tokens: Token[] = []
  let at = comment ? comment.end : from
  for (;;) {
    const close = matchAt(CLOSE, text, at)
    if (close) {
      const trimAfter = close.text.length > 2
      return { tokens: comment ? undefined : tokens, end: close.end, trimAfter }
    }
    if (at >= text.length) throw new TemplateFault(open, 'unclosed action')
    const space = /[ \t\r\n]/.test(text[at] ?? '')
    if (space) {
      at++
      continue
    }
    if (comment) throw new TemplateFault(at, 'comment ends before closing delimiter')
    const previous = tokens.at(-1)
    const token = scanToken(text, at, /\S/.test(text[at - 1] ?? ' ') && previous !== undefined)
    tokens.push(token)
    at = token.offset + token.text.length
  }
}

const TOKENS: readonly (readonly [Token['kind'], RegExp])[] = [
  ['variable', /\$[\p{L}_\p{N}]*/uy],
  ['field', /\.[\p{L}_][\p{L}_\p{N}]*/uy],
  [
    'constant',
    /[+-]?(?:0[xX][\da-fA-F_]+|(?:\d[\d_]*)(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)(?![\p{L}_\p{N}])/uy,
  ],
  ['constant', /"(?:[^"\\\n]|\\.)*"|`[^`]*`|'(?:[^'\\\n]|\\.[^']*)'/uy],
  ['dot', /\./uy],
  ['word', /[\p{L}_][\p{L}_\p{N}]*/uy],
  ['sign', /:=|[=|(),]/uy],
]

function scanToken(text: string, at: number, glued: boolean): Token {
  for (const [kind, pattern] of TOKENS) {
    const found = matchAt(pattern, text, at)
    if (!found) continue
    const token = { kind, text: found.text, offset: at, glued }
    return kind === 'constant' ? { ...token, value: constantOf(found.text, at) } : token
  }
  const char = text[at] ?? ''
  if (char === '"' || char === '`') throw new TemplateFault(at, 'unterminated quoted string')
  const code = (text.codePointAt(at) ?? 0).toString(16).toUpperCase().padStart(4, '0')
  const name = code.length === 4 && char > ' ' && char <= '~' ? ` '${char}'` : ''
  throw new TemplateFault(at, `unrecognized character in action: U+${code}${name}`)
}

/** Go's untyped constants: whole numbers are int (bigint here), the others float64 (number). */
function constantOf(text: string, at: number): string | number | bigint {
  const first = text[0] ?? ''
  if (first === '`') return text.slice(1, -1)
  if (first === '"' || first === "'") {
    const value = unquote(text.slice(1, -1))
    if (value === undefined) throw new TemplateFault(at, `malformed constant: ${text}`)
    return first === '"' ? value : BigInt(value.codePointAt(0) ?? 0)
  }
  const digits = text.replaceAll('_', '')
  if (!/^[+-]?(?:\d+|0[xX][\da-fA-F]+)$/.test(digits)) return Number(digits)
  return digits.startsWith('-') ? -BigInt(digits.slice(1)) : BigInt(digits.replace('+', ''))
}

function matchAt(pattern: RegExp, text: string, at: number) {
  pattern.lastIndex = at
  const found = pattern.exec(text)
  return found ? { text: found[0], end: at + found[0].length } : undefined
}
