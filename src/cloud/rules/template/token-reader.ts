import type { Token } from './scan.ts'
import { TemplateFault } from './syntax.ts'

/** Goes through the tokens of one action. */
export class TokenReader {
  readonly #tokens: readonly Token[]
  readonly #start: number
  #at = 0

  constructor(tokens: readonly Token[], start: number) {
    this.#tokens = tokens
    this.#start = start
  }

  /** Where it stands, for messages. */
  get offset(): number {
    return (this.peek() ?? this.#tokens.at(-1))?.offset ?? this.#start
  }

  peek(ahead = 0): Token | undefined {
    return this.#tokens[this.#at + ahead]
  }

  next(): Token {
    const token = this.#tokens[this.#at++]
    if (!token) throw new TemplateFault(this.offset, 'unexpected end of action')
    return token
  }

  skip(count: number): void {
    this.#at += count
  }

  take(sign: string): boolean {
    const token = this.peek()
    if (token?.kind !== 'sign' || token.text !== sign) return false
    this.#at++
    return true
  }

  finish(): void {
    const token = this.peek()
    if (token) throw new TemplateFault(token.offset, `unexpected "${token.text}" in action`)
  }
}
