/** Where Prometheus stops reading what is neither number nor duration: `scanNumber` and what follows it in lex.go. */
export function endOfBadNumber(text: string, start: number): number {
  const reader = new Reader(text, start)
  reader.number()
  reader.duration()
  return Math.min(reader.at, text.length)
}

class Reader {
  readonly #text: string
  at: number

  constructor(text: string, at: number) {
    this.#text = text
    this.at = at
  }

  #is(chars: string): boolean {
    const char = this.#text[this.at]
    return char !== undefined && chars.includes(char)
  }

  #accept(chars: string): boolean {
    const accepted = this.#is(chars)
    if (accepted) this.at++
    return accepted
  }

  number(): void {
    const hexadecimal = this.#accept('0') && this.#accept('xX')
    if (hexadecimal) this.#accept('_')
    const digits = hexadecimal ? '0123456789abcdefABCDEF' : '0123456789'
    const seen = { dot: false, exponent: false }
    this.#accept('.')
    this.#accept(digits)
    while (this.#is(`${digits}._eE`)) {
      if ((seen.dot && this.#accept('.')) || (seen.exponent && this.#accept('eE'))) return
      if (this.#accept('.')) {
        seen.dot = true
        if (this.#accept('_.') || hexadecimal) return
      } else if (!hexadecimal && this.#accept('eE')) {
        seen.exponent = true
        this.#accept('+-')
        if (this.#accept('._eE')) return
      } else if (this.#accept('_')) {
        if (this.#accept('._eE')) return
      } else {
        while (this.#accept(digits));
      }
    }
  }

  duration(): void {
    if (!this.#accept('smhdwy')) return
    this.#accept('s')
    while (this.#accept('0123456789')) {
      while (this.#accept('0123456789'));
      if (!this.#accept('smhdw')) return
      this.#accept('s')
    }
    this.at++
  }
}
