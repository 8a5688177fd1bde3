/** How Go writes values as text: `strconv` and `fmt`, as far as templates see them. */

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
  "'": "'",
}

/** The inside of a Go string literal; undefined when an escape is malformed. */
export function unquote(body: string): string | undefined {
  let fine = true
  const text = body.replace(
    /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{3})|([\s\S]))/g,
    (_, hex, short, long, octal, simple) => {
      const code = hex ?? short ?? long
      const value = code ? Number.parseInt(code, 16) : octal ? Number.parseInt(octal, 8) : undefined
      if (value !== undefined && value <= 0x10ffff) return String.fromCodePoint(value)
      const plain = ESCAPES[simple]
      fine &&= plain !== undefined
      return plain ?? ''
    },
  )
  return fine ? text : undefined
}

/** `%q`: quoted as a Go (and PromQL) string literal. */
export function quote(text: string): string {
  const names = Object.entries(ESCAPES).filter(([name]) => name !== "'")
  const inside = [...text].map((char) => {
    const name = names.find(([, value]) => value === char)?.[0]
    if (name !== undefined) return `\\${name}`
    if (/[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(char)) return char
    const code = char.codePointAt(0) ?? 0
    if (code < 0x80) return `\\x${code.toString(16).padStart(2, '0')}`
    if (code <= 0xffff) return `\\u${code.toString(16).padStart(4, '0')}`
    return `\\U${code.toString(16).padStart(8, '0')}`
  })
  return `"${inside.join('')}"`
}

/** A float as `%g`, `%e` or `%f` with that precision, -1 for as many digits as it takes. */
export function formatFloat(value: number, verb: 'g' | 'e' | 'f', precision: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  const sign = value < 0 || Object.is(value, -0) ? '-' : ''
  return sign + formatMagnitude(Math.abs(value), verb, precision)
}

function formatMagnitude(value: number, verb: 'g' | 'e' | 'f', precision: number): string {
  if (verb === 'f') return fixed(value, precision)
  if (verb === 'e') return goExponent(exponential(value, precision))
  // %g cuts trailing zeros, and takes %e for large and small exponents.
  const short = exponential(value, precision < 0 ? -1 : Math.max(precision, 1) - 1)
  const [mantissa = '', exponent = '0'] = short.split('e')
  const digits = mantissa.replace('.', '').replace(/0+$/, '') || '0'
  const power = Number(exponent)
  const limit = precision < 0 ? 6 : Math.max(precision, 1)
  if (power < -4 || power >= limit) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : ''
    return goExponent(`${digits[0]}${fraction}e${power}`)
  }
  if (power < 0) return `0.${'0'.repeat(-power - 1)}${digits}`
  const whole = digits.slice(0, power + 1).padEnd(power + 1, '0')
  return digits.length > power + 1 ? `${whole}.${digits.slice(power + 1)}` : whole
}

/** `d.ddde±x`, rounded half to even as Go does, where JavaScript rounds half up; -1: shortest. */
function exponential(value: number, digits: number): string {
  if (digits < 0) return value.toExponential()
  const places = Math.min(digits, 100)
  const up = value.toExponential(places)
  const exact = value.toExponential(Math.min(100, places + 40))
  const cut = places === 0 ? 1 : places + 2
  const rest = (exact.split('e')[0] ?? '').slice(cut).replace('.', '')
  if (!/^50*$/.test(rest)) return up
  const even = exact.slice(0, cut)
  return Number(even.at(-1)) % 2 === 0 ? `${even}e${exact.split('e')[1]}` : up
}

function fixed(value: number, precision: number): string {
  if (value >= 1e21)
    return BigInt(value).toString() + (precision > 0 ? `.${'0'.repeat(precision)}` : '')
  if (precision < 0) {
    const short = value.toString()
    return short.includes('e') ? value.toFixed(100).replace(/\.?0+$/, '') : short
  }
  const places = Math.min(precision, 100)
  const up = value.toFixed(places)
  const exact = value.toFixed(Math.min(100, places + 40))
  const cut = exact.indexOf('.') + (places === 0 ? 0 : places + 1)
  if (!/^50*$/.test(exact.slice(cut).replace('.', ''))) return up
  const even = exact.slice(0, cut)
  return Number(even.at(-1)) % 2 === 0 ? even : up
}

/** JavaScript's `e+5` is Go's `e+05`. */
function goExponent(text: string): string {
  return text.replace(
    /e([+-]?)(\d+)$/,
    (_, sign, digits) => `e${sign || '+'}${digits.padStart(2, '0')}`,
  )
}
