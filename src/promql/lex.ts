import { endOfBadNumber } from './bad-number.ts'
import { quote, quoteChar } from './literal.ts'

/**
 * Prometheus' scanner (promql/parser/lex.go). The grammar comes from lezer, whose tokens are laxer and whose
 * errors have no words: this finds what Prometheus refuses while scanning, and names the unexpected token.
 */
export interface Token {
  readonly kind:
    | 'identifier'
    | 'metric'
    | 'string'
    | 'number'
    | 'duration'
    | 'keyword'
    | 'symbol'
    | 'end'
  readonly text: string
  readonly start: number
}

export interface Scan {
  /** Up to the error, if any. */
  readonly tokens: readonly Token[]
  readonly error?: { readonly start: number; readonly message: string }
}

const OPERATOR_WORDS = ['and', 'or', 'unless', 'atan2']
export const AGGREGATOR_WORDS: readonly string[] =
  'avg bottomk count count_values group limitk limit_ratio max min quantile stddev stdvar sum topk'.split(
    ' ',
  )
const KEYWORDS =
  'offset smoothed anchored by without on ignoring group_left group_right fill fill_left fill_right bool start end step range max_of min_of'.split(
    ' ',
  )
const OPERATORS = [
  '-',
  '+',
  '*',
  '%',
  '/',
  '==',
  '!=',
  '<=',
  '<',
  '>=',
  '>',
  '</',
  '>/',
  '=~',
  '!~',
  '^',
  '=',
  '@',
]

/** How Prometheus names a token in "unexpected …". */
export function describe({ kind, text }: Token): string {
  const word = text.toLowerCase()
  if (kind === 'end') return 'end of input'
  if (kind === 'identifier' || kind === 'metric') {
    return `${kind === 'metric' ? 'metric identifier' : kind} ${quote(text)}`
  }
  if (kind === 'keyword') {
    if (OPERATOR_WORDS.includes(word)) return `<op:${text}>`
    return AGGREGATOR_WORDS.includes(word) ? `<aggr:${text}>` : `<${text}>`
  }
  if (kind === 'symbol')
    return OPERATORS.includes(text) && text !== '=' ? `<op:${text}>` : quote(text)
  const shown = [...text].length > 10 ? `${quote([...text].slice(0, 10).join(''))}...` : quote(text)
  return `${kind} ${shown}`
}

class LexicalError extends Error {
  readonly start: number

  constructor(start: number, message: string) {
    super(message)
    this.start = start
  }
}

const SPACE = /[ \t\n\r]+/y
const WORD = /[a-zA-Z_:][a-zA-Z0-9_:]*/y
const LABEL = /[a-zA-Z_][a-zA-Z0-9_]*/y
const SYMBOL = /==|!=|<=|<\/|<|>=|>\/|>|[-+*/%^=@,]/y
const NUMBER =
  /(?:0[xX]_?[0-9a-fA-F]+(?:_[0-9a-fA-F]+)*|(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:[eE][+-]?\d+(?:_\d+)*)?)(?![a-zA-Z0-9_.])/y
const DURATION = /[0-9.]+[smhdwy]s?(?:[0-9]+[smhdw]s?)*(?![a-zA-Z0-9_])/y
class Scanner {
  readonly tokens: Token[] = []
  readonly #text: string
  #at = 0
  #parens = 0
  #inBraces = false
  #inBrackets = false
  #gotColon = false

  constructor(text: string) {
    this.#text = text
  }

  run(): void {
    while (this.#at < this.#text.length) {
      if (this.#take(SPACE) !== undefined) continue
      if (this.#inBraces) this.#brace()
      else this.#outside()
    }
    if (this.#inBraces) throw this.#error('unexpected end of input inside braces')
    if (this.#parens !== 0) throw this.#error('unclosed left parenthesis')
    if (this.#inBrackets) throw this.#error('unexpected end of input in duration expression')
    this.#emit('end', '')
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0]
    if (found === undefined) return undefined
    this.#at += found.length
    return found
  }

  #emit(kind: Token['kind'], text: string): void {
    this.tokens.push({ kind, text, start: this.#at - text.length })
  }

  #error(message: string, start = this.#at): LexicalError {
    return new LexicalError(start, message)
  }

  #peek(ahead = 0): string {
    const code = this.#text.codePointAt(this.#at + ahead)
    return code === undefined ? '' : String.fromCodePoint(code)
  }

  #symbol(text: string): void {
    this.#at += text.length
    this.#emit('symbol', text)
  }

  #outside(): void {
    const char = this.#peek()
    if (char === '#' && !this.#inBrackets) {
      const end = this.#text.indexOf('\n', this.#at)
      this.#at = end < 0 ? this.#text.length : end
      return
    }
    if (/[0-9]/.test(char) || (char === '.' && /[0-9]/.test(this.#peek(1)))) return this.#number()
    if (this.#inBrackets && /["'`]/.test(char)) {
      throw this.#error(`unexpected character in duration expression: ${quoteChar(char)}`)
    }
    if (char === '"' || char === "'" || char === '`') return this.#string(char)
    if (this.#inBrackets && /[a-zA-Z_:]/.test(char)) return this.#inBracket(char)
    if (/[a-zA-Z_:]/.test(char)) return this.#word()
    if ('()[]{'.includes(char)) return this.#pair(char)
    if (char === '!' && this.#peek(1) !== '=') {
      throw this.#error(`unexpected character after '!': ${quoteChar(this.#peek(1))}`)
    }
    if (char === '=' && this.#peek(1) === '~') {
      throw this.#error(`unexpected character after '=': '~'`)
    }
    const symbol = this.#take(SYMBOL)
    if (symbol === undefined) {
      const where = this.#inBrackets
        ? 'unexpected character in duration expression'
        : 'unexpected character'
      throw this.#error(`${where}: ${quoteChar(char)}`)
    }
    this.#emit('symbol', symbol)
  }

  #inBracket(char: string): void {
    if (char === ':') {
      if (this.#gotColon)
        throw this.#error('unexpected repeated colon in duration expression', this.#at + 1)
      this.#gotColon = true
      return this.#symbol(':')
    }
    const word = this.#take(WORD) ?? ''
    const last = this.tokens.at(-1)?.kind
    const message =
      last === 'number' || last === 'duration'
        ? `unexpected character: ${quoteChar(char)}, expected ':'`
        : `unexpected character in duration expression: ${quoteChar(char)}`
    if (!['step', 'range', 'max_of', 'min_of'].includes(word.toLowerCase())) {
      throw this.#error(message, this.#at - word.length)
    }
    this.#emit('keyword', word)
  }

  #pair(char: string): void {
    if (char === '[' && this.#inBrackets) throw this.#error(`unexpected left bracket '['`)
    if (char === ']' && !this.#inBrackets) throw this.#error(`unexpected right bracket ']'`)
    this.#symbol(char)
    if (char === '(') this.#parens++
    if (char === ')' && --this.#parens < 0) {
      this.tokens.pop()
      throw this.#error(`unexpected right parenthesis ')'`)
    }
    if (char === '{') this.#inBraces = true
    if (char === '[' || char === ']') {
      this.#inBrackets = char === '['
      this.#gotColon = false
    }
  }

  #word(): void {
    const word = this.#take(WORD) ?? ''
    const lower = word.toLowerCase()
    if (lower === 'inf' || lower === 'nan') return this.#emit('number', word)
    const fill = lower.startsWith('fill') && !/^[ \t\n\r]*\(/.test(this.#text.slice(this.#at))
    const known = [KEYWORDS, OPERATOR_WORDS, AGGREGATOR_WORDS].some((list) => list.includes(lower))
    if (known && !fill) return this.#emit('keyword', word)
    this.#emit(word.includes(':') ? 'metric' : 'identifier', word)
  }

  #number(): void {
    const number = this.#take(NUMBER)
    if (number !== undefined) return this.#emit('number', number)
    const duration = this.#take(DURATION)
    if (duration !== undefined) return this.#emit('duration', duration)
    const text = this.#text.slice(this.#at, endOfBadNumber(this.#text, this.#at))
    throw this.#error(`bad number or duration syntax: ${quote(text)}`)
  }

  #brace(): void {
    const char = this.#peek()
    if (char === '"' || char === "'" || char === '`') return this.#string(char)
    const label = this.#take(LABEL)
    if (label !== undefined) return this.#emit('identifier', label)
    if (char === '#') return this.#outside()
    if (char === '{') throw this.#error(`unexpected left brace '{'`)
    if (char === '}') this.#inBraces = false
    else if (char === '!' && !/[~=]/.test(this.#peek(1))) {
      throw this.#error(`unexpected character after '!' inside braces: ${quoteChar(this.#peek(1))}`)
    } else if (!/[,=!]/.test(char)) {
      throw this.#error(`unexpected character inside braces: ${quoteChar(char)}`)
    }
    const two = `${char}${this.#peek(1)}`
    this.#symbol(['=~', '!~', '!='].includes(two) ? two : char)
  }

  #string(open: string): void {
    const start = this.#at
    for (this.#at++; this.#peek() !== open; ) {
      const char = this.#peek()
      if (char === '')
        throw this.#error(`unterminated ${open === '`' ? 'raw' : 'quoted'} string`, start)
      if (open !== '`') {
        if (char === '\n') throw this.#error('unterminated quoted string', start)
        if (char === '\\') this.#escape(open, start)
      }
      this.#at += this.#peek().length
    }
    this.#at++
    this.#emit('string', this.#text.slice(start, this.#at))
  }

  /** Leaves the position on the last character of the escape. */
  #escape(open: string, start: number): void {
    this.#at++
    const char = this.#peek()
    if (char === '') throw this.#error('escape sequence not terminated', start)
    if (`abfnrtv\\${open}`.includes(char)) return
    const [digits, pattern] = /[0-7]/.test(char)
      ? [3, /^[0-7]$/]
      : [{ x: 2, u: 4, U: 8 }[char] ?? 0, /^[0-9a-fA-F]$/]
    if (digits === 0) throw this.#error(`unknown escape sequence ${unicode(char)}`, start)
    if (digits !== 3) this.#at++
    const first = this.#at
    for (; this.#at < first + digits; this.#at++) {
      if (this.#peek() === '') throw this.#error('escape sequence not terminated', start)
      if (!pattern.test(this.#peek())) {
        throw this.#error(`illegal character ${unicode(this.#peek())} in escape sequence`, start)
      }
    }
    const value = Number.parseInt(this.#text.slice(first, this.#at), digits === 3 ? 8 : 16)
    if (value > (digits < 4 ? 255 : 0x10_ffff) || (value >= 0xd800 && value < 0xe000)) {
      throw this.#error('escape sequence is an invalid Unicode code point', start)
    }
    this.#at--
  }
}

/** Go's `%#U`. */
function unicode(char: string): string {
  const code = (char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
  return `U+${code} '${char}'`
}

export function scan(text: string): Scan {
  const scanner = new Scanner(text)
  try {
    scanner.run()
    return { tokens: scanner.tokens }
  } catch (error) {
    if (!(error instanceof LexicalError)) throw error
    return { tokens: scanner.tokens, error: { start: error.start, message: error.message } }
  }
}
