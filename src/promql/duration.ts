/** Arithmetic where a duration is expected: `[5m * 2]`, `offset (step() / 2)`. */
import { executionFailure, parseFailure } from './failure.ts'
import type { Token } from './lex.ts'
import { formatDurationMs, formatNumber, parseDurationMs, parseNumber } from './literal.ts'
import type { Positions } from './position.ts'

type Operator = '+' | '-' | '*' | '/' | '%' | '^'
type Choice = 'min_of' | 'max_of'

interface Place {
  readonly start: number
  readonly end: number
}

export type Duration = Place &
  (
    | { readonly kind: 'number'; readonly seconds: number; readonly text: string }
    | { readonly kind: 'step' | 'range' }
    | { readonly kind: 'unary'; readonly op: '+' | '-'; readonly inner: Duration }
    | { readonly kind: 'paren'; readonly inner: Duration }
    | {
        readonly kind: 'binary' | 'choice'
        readonly op: Operator | Choice
        readonly left: Duration
        readonly right: Duration
      }
  )

/** What `step()` and `range()` stand for, in seconds. */
export interface QueryTimes {
  readonly step: number
  readonly range: number
}

const PRECEDENCE: Readonly<Record<string, number>> = {
  '+': 1,
  '-': 1,
  '*': 2,
  '/': 2,
  '%': 2,
  '^': 3,
}
const UNARY_PRECEDENCE = 2

/** Reads tokens that lezer has accepted as a duration. Throws `PromqlError` for what cannot be. */
export function parseDuration(tokens: readonly Token[], positions: Positions): Duration {
  return new DurationParser(tokens, positions).read(0)
}

class DurationParser {
  readonly #tokens: readonly Token[]
  readonly #positions: Positions
  #at = 0

  constructor(tokens: readonly Token[], positions: Positions) {
    this.#tokens = tokens
    this.#positions = positions
  }

  read(least: number): Duration {
    let left = this.#primary()
    for (;;) {
      const operator = this.#tokens[this.#at]
      const precedence = PRECEDENCE[operator?.text ?? '']
      if (!operator || precedence === undefined || precedence < least) return left
      this.#at++
      const right = this.read(operator.text === '^' ? precedence : precedence + 1)
      this.#refuseZero(operator, right)
      const { start } = left
      left = { kind: 'binary', op: operator.text as Operator, left, right, start, end: right.end }
    }
  }

  #refuseZero({ text, start }: Token, right: Duration): void {
    if (right.kind !== 'number' || right.seconds !== 0) return
    const what = { '/': 'division', '%': 'modulo' }[text]
    if (what) throw parseFailure(this.#positions.span(start, start + 1), `${what} by zero`)
  }

  #next(): Token {
    const token = this.#tokens[this.#at++]
    if (!token) throw new RangeError('a duration that ends too early')
    return token
  }

  #primary(): Duration {
    const token = this.#next()
    const { start, text, kind } = token
    const word = text.toLowerCase()
    if (kind === 'number' || kind === 'duration') return this.#number(token)
    if (text === '+' || text === '-') {
      const inner = this.read(UNARY_PRECEDENCE + 1)
      return signed(text, inner, start)
    }
    if (text === '(') {
      const inner = this.read(0)
      const end = this.#next().start + 1
      return inner.kind === 'number'
        ? { ...inner, start, end }
        : { kind: 'paren', inner, start, end }
    }
    this.#next()
    if (word === 'step' || word === 'range') {
      return { kind: word, start, end: this.#next().start + 1 }
    }
    const left = this.read(0)
    this.#next()
    const right = this.read(0)
    return {
      kind: 'choice',
      op: word as Choice,
      left,
      right,
      start,
      end: this.#next().start + 1,
    }
  }

  #number({ text, start }: Token): Duration {
    const end = start + text.length
    const ms = parseDurationMs(text)
    const unit = /[ywdhms]$/.test(text) && typeof ms === 'number'
    const seconds = unit ? ms / 1000 : parseNumber(text)
    if (!(Math.abs(seconds) < MAX_S)) {
      throw parseFailure(this.#positions.span(start, end), 'duration out of range')
    }
    const shown = unit ? formatDurationMs(ms) : formatNumber(seconds)
    return { kind: 'number', seconds, text: shown, start, end }
  }
}

const MAX_S = 2 ** 63 / 1e9

function signed(op: '+' | '-', inner: Duration, start: number): Duration {
  if (inner.kind !== 'number') return { kind: 'unary', op, inner, start, end: inner.end }
  if (op === '+') return { ...inner, start }
  const text = inner.text.startsWith('-') ? inner.text.slice(1) : `-${inner.text}`
  return { ...inner, seconds: -inner.seconds, text, start }
}

/** Whether it is the same in every query. */
export function isConstant(duration: Duration): boolean {
  switch (duration.kind) {
    case 'number':
      return true
    case 'step':
    case 'range':
      return false
    case 'unary':
    case 'paren':
      return isConstant(duration.inner)
    default:
      return isConstant(duration.left) && isConstant(duration.right)
  }
}

/** Whole milliseconds. Throws `PromqlError` when it comes to no duration; only an offset may be below zero. */
export function durationMs(duration: Duration, times: QueryTimes, offset: boolean): number {
  const seconds = secondsOf(duration, times)
  const fault = (what: string) =>
    executionFailure(`${duration.start}:${duration.end}: duration ${what}`)
  if (!Number.isFinite(seconds)) throw fault('is NaN or infinite')
  if (seconds <= 0 && !offset) throw fault('must be greater than 0')
  if (Math.abs(seconds) > MAX_S) throw fault('is out of range')
  return Math.trunc(Math.round(seconds * 1e9) / 1e6)
}

function secondsOf(duration: Duration, times: QueryTimes): number {
  switch (duration.kind) {
    case 'number':
      return duration.seconds
    case 'step':
    case 'range':
      return times[duration.kind]
    case 'paren':
      return secondsOf(duration.inner, times)
    case 'unary':
      return secondsOf(duration.inner, times) * (duration.op === '-' ? -1 : 1)
    default: {
      const [left, right] = [secondsOf(duration.left, times), secondsOf(duration.right, times)]
      if (right === 0 && (duration.op === '/' || duration.op === '%')) {
        const what = duration.op === '/' ? 'division' : 'modulo'
        throw executionFailure(`${duration.start}:${duration.end}: ${what} by zero`)
      }
      return COMPUTE[duration.op](left, right)
    }
  }
}

const COMPUTE: Readonly<Record<Operator | Choice, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
  '^': (a, b) => a ** b,
  min_of: Math.min,
  max_of: Math.max,
}

/** As Prometheus prints it. */
export function printDuration(duration: Duration): string {
  switch (duration.kind) {
    case 'number':
      return duration.text
    case 'step':
    case 'range':
      return `${duration.kind}()`
    case 'paren':
      return `(${printDuration(duration.inner)})`
    case 'unary':
      return `${duration.op === '-' ? '-' : ''}${printDuration(duration.inner)}`
    case 'choice':
      return `${duration.op}(${printDuration(duration.left)}, ${printDuration(duration.right)})`
    case 'binary':
      return `${printDuration(duration.left)} ${duration.op} ${printDuration(duration.right)}`
  }
}
