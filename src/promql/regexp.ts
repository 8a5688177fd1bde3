/**
 * RE2's syntax (as Go's `regexp`) on JavaScript's engine: what RE2 does not know is refused, what JavaScript
 * writes differently is rewritten. Source: github.com/google/re2/wiki/Syntax.
 */

/** A fault in the expression, with Go's words. */
export class RegexpError extends Error {
  constructor(fault: string, part: string) {
    super(`error parsing regexp: ${fault}: \`${part}\``)
  }
}

/** `^(?s:…)$`, as Prometheus matches label values. */
export function compileAnchored(pattern: string): RegExp {
  const source = new Translation(pattern).source()
  try {
    return new RegExp(`^(?:${source})$`, 'su')
  } catch {
    throw new RegexpError('invalid syntax', pattern)
  }
}

const POSIX: Record<string, string> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7F',
  blank: '\\t ',
  cntrl: '\\x00-\\x1F\\x7F',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@\\[-`\\{-~',
  space: '\\t\\n\\v\\f\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
}
const PERL: Record<string, string> = {
  d: '0-9',
  w: '0-9A-Za-z_',
  s: '\\t\\n\\f\\r ',
}
const CONTROL: Record<string, string> = {
  a: '\\x07',
  f: '\\f',
  n: '\\n',
  r: '\\r',
  t: '\\t',
  v: '\\v',
}
const CATEGORY = /^(?:C[cfo]?|L[lmotu]?|M[cen]?|N[dlo]?|P[cdefios]?|S[ckmo]?|Z[lps]?)$/
const MAX_REPEAT = 1000

class Translation {
  readonly #pattern: string
  #at = 0
  /** What closes each open group: groups opened in the middle by `(?i)` close with it. */
  readonly #closers: string[] = []
  #extra = ''
  readonly #names = new Set<string>()

  constructor(pattern: string) {
    this.#pattern = pattern
  }

  source(): string {
    let out = ''
    let repeatable = false
    while (this.#at < this.#pattern.length) {
      const start = this.#at
      const char = this.#next()
      if ('*+?'.includes(char) || (char === '{' && this.#counted(start))) {
        if (!repeatable) this.#fail('missing argument to repetition operator', start)
        out += this.#repeat(start)
        repeatable = false
        continue
      }
      const piece = this.#piece(char, start)
      out += piece
      repeatable =
        piece !== '' && piece !== '|' && !piece.endsWith('(') && !/\(\?[^()]*[:>]$/.test(piece)
    }
    if (this.#closers.length > 0) throw new RegexpError('missing closing )', this.#pattern)
    return out + this.#extra
  }

  #next(): string {
    const char = String.fromCodePoint(this.#pattern.codePointAt(this.#at) ?? 0)
    this.#at += char.length
    return char
  }

  #rest(from = this.#at): string {
    return this.#pattern.slice(from)
  }

  #fail(fault: string, start: number): never {
    throw new RegexpError(fault, this.#pattern.slice(start, this.#at))
  }

  #counted(start: number): boolean {
    return /^\{\d+(?:,\d*)?\}/.test(this.#rest(start))
  }

  #repeat(start: number): string {
    if (this.#pattern[start] === '{') {
      this.#at = this.#pattern.indexOf('}', start) + 1
      const [from = 0, to = from] = this.#pattern
        .slice(start + 1, this.#at - 1)
        .split(',')
        .map(Number)
      if (from > MAX_REPEAT || to > MAX_REPEAT || (to !== 0 && from > to)) {
        this.#fail('invalid repeat count', start)
      }
    }
    if (this.#pattern[this.#at] === '?') this.#at++
    const end = this.#at
    if ('*+?'.includes(this.#pattern[end] ?? ' ') || this.#counted(end)) {
      this.#at++
      this.#fail('invalid nested repetition operator', start)
    }
    return this.#pattern.slice(start, end)
  }

  #piece(char: string, start: number): string {
    switch (char) {
      case '(':
        return this.#open(start)
      case ')': {
        const closer = this.#closers.pop()
        if (closer === undefined) throw new RegexpError('unexpected )', this.#pattern)
        return `${closer})`
      }
      case '[':
        return this.#charClass(start)
      case '\\':
        return this.#escape(start, false)
      case '{':
      case '}':
      case ']':
        return `\\${char}`
      case '/':
        return '\\/'
      default:
        return char
    }
  }

  #open(start: number): string {
    if (this.#pattern[this.#at] !== '?') {
      this.#closers.push('')
      return '('
    }
    const named = /^\?P?<([^>]*)>/.exec(this.#rest())
    if (named && !/^\?<[=!]/.test(this.#rest())) {
      const name = named[1] ?? ''
      this.#at += named[0].length
      if (!/^[A-Za-z0-9_]+$/.test(name)) this.#fail('invalid named capture', start)
      if (this.#names.has(name)) this.#fail('duplicate capture group name', start)
      this.#names.add(name)
      this.#closers.push('')
      return /^\d/.test(name) ? '(' : `(?<${name}>`
    }
    const flags = /^\?([imsU]*)(?:-([imsU]+))?([:)])/.exec(this.#rest())
    if (!flags) {
      this.#at += 2
      this.#fail('invalid or unsupported Perl syntax', start)
    }
    this.#at += flags[0].length
    const [, on = '', off = '', end] = flags
    if (`${on}${off}`.includes('U')) this.#fail('invalid or unsupported Perl syntax', start)
    const group = `(?${distinct(on)}${off ? `-${distinct(off)}` : ''}:`
    if (end === ':') {
      this.#closers.push('')
      return group
    }
    if (!on && !off) return ''
    // The flags hold to the end of the group they stand in.
    const depth = this.#closers.length - 1
    if (depth >= 0) this.#closers[depth] += ')'
    else this.#extra += ')'
    return group
  }

  #escape(start: number, inClass: boolean): string {
    if (this.#at >= this.#pattern.length) {
      throw new RegexpError('trailing backslash at end of expression', '')
    }
    const char = this.#next()
    const perl = PERL[char.toLowerCase()]
    if (perl) return classPart(perl, char !== char.toLowerCase(), inClass)
    if (char === 'p' || char === 'P') return this.#category(start, char)
    if (CONTROL[char]) return CONTROL[char]
    if (char === 'x') return this.#hex(start)
    if (/[1-7]/.test(char) && !/^[0-7]/.test(this.#rest()))
      this.#fail('invalid escape sequence', start)
    if (/[0-7]/.test(char)) {
      const digits = /^[0-7]{0,2}/.exec(this.#rest())?.[0] ?? ''
      this.#at += digits.length
      return `\\u{${Number.parseInt(char + digits, 8).toString(16)}}`
    }
    if (!inClass) {
      if (char === 'A') return '(?-m:^)'
      if (char === 'z') return '(?-m:$)'
      if (char === 'b' || char === 'B') return `\\${char}`
      if (char === 'Q') return this.#quoted()
    }
    if (/[A-Za-z0-9_]|[^\0-\x7f]/.test(char) && char !== '_')
      this.#fail('invalid escape sequence', start)
    return literal(char)
  }

  #quoted(): string {
    const end = this.#pattern.indexOf('\\E', this.#at)
    const text = this.#pattern.slice(this.#at, end < 0 ? undefined : end)
    this.#at = end < 0 ? this.#pattern.length : end + 2
    return [...text].map(literal).join('')
  }

  #hex(start: number): string {
    const found = /^(?:\{([0-9a-fA-F]+)\}|([0-9a-fA-F]{2}))/.exec(this.#rest())
    const code = Number.parseInt(found?.[1] ?? found?.[2] ?? '', 16)
    if (!found || code > 0x10_ffff) this.#fail('invalid escape sequence', start)
    this.#at += found[0].length
    return `\\u{${code.toString(16)}}`
  }

  #category(start: number, letter: string): string {
    const found = /^(?:\{(\^?)([A-Za-z_]+)\}|([A-Za-z]))/.exec(this.#rest())
    if (!found) this.#fail('invalid character class range', start)
    this.#at += found[0].length
    const name = found[2] ?? found[3] ?? ''
    const negated = (letter === 'P') !== (found[1] === '^')
    if (name === 'Any') return negated ? '[]' : '[^]'
    const property = CATEGORY.test(name) ? name : `Script=${name}`
    try {
      new RegExp(`\\p{${property}}`, 'u')
    } catch {
      this.#fail('invalid character class range', start)
    }
    return `\\${negated ? 'P' : 'p'}{${property}}`
  }

  #charClass(start: number): string {
    let out = '['
    if (this.#pattern[this.#at] === '^') out += this.#next()
    for (let first = true; ; first = false) {
      if (this.#at >= this.#pattern.length)
        throw new RegexpError('missing closing ]', this.#rest(start))
      const from = this.#at
      const posix = /^\[:(\^?)(\w+):\]/.exec(this.#rest())
      if (posix) {
        this.#at += posix[0].length
        const set = POSIX[posix[2] ?? '']
        if (!set) this.#fail('invalid character class range', from)
        out += classPart(set, posix[1] === '^', true)
        continue
      }
      const char = this.#next()
      if (char === ']' && !first) return `${out}]`
      const low = char === '\\' ? this.#escape(from, true) : literal(char)
      out += low
      if (
        this.#pattern[this.#at] === '-' &&
        this.#at + 1 < this.#pattern.length &&
        this.#pattern[this.#at + 1] !== ']'
      ) {
        this.#at++
        const high = this.#next()
        const end = high === '\\' ? this.#escape(this.#at - 1, true) : literal(high)
        if (
          codeOf(low) === undefined ||
          codeOf(end) === undefined ||
          (codeOf(low) ?? 0) > (codeOf(end) ?? 0)
        ) {
          this.#fail('invalid character class range', from)
        }
        out += `-${end}`
      }
    }
  }
}

function distinct(flags: string): string {
  return [...new Set(flags)].join('')
}

function literal(char: string): string {
  return /[\^$\\.*+?()[\]{}|/&!#%,:;<=>@`~-]/.test(char)
    ? `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`
    : char
}

/** A set of characters, inside of brackets or as brackets of its own. */
function classPart(set: string, negated: boolean, inClass: boolean): string {
  if (!negated) return inClass ? set : `[${set}]`
  if (!inClass) return `[^${set}]`
  return complement(set)
}

/** The rest of Unicode: only for sets of ASCII characters. */
function complement(set: string): string {
  const inside = new RegExp(`[${set}]`, 'u')
  let out = ''
  for (let code = 0; code < 0x80; code++) {
    if (!inside.test(String.fromCharCode(code))) out += `\\u{${code.toString(16)}}`
  }
  return `${out}\\u{80}-\\u{10ffff}`
}

/** The code point of one translated character; undefined for a set. */
function codeOf(piece: string): number | undefined {
  const hex = /^\\(?:u\{([0-9a-f]+)\}|x([0-9A-F]{2}))$/.exec(piece)
  if (hex) return Number.parseInt(hex[1] ?? hex[2] ?? '', 16)
  const control = { '\\f': 12, '\\n': 10, '\\r': 13, '\\t': 9, '\\v': 11 }[piece]
  if (control !== undefined) return control
  return [...piece].length === 1 ? piece.codePointAt(0) : undefined
}
