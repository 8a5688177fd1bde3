/** Numbers, durations and strings as Go and Prometheus write and read them. */

const UNITS_MS = { y: 31_536_000_000, w: 604_800_000, d: 86_400_000, h: 3_600_000, m: 60_000 }
const DURATION = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/
const SIZES_MS = [...Object.values(UNITS_MS), 1000, 1]
const UNITS: readonly string[] = ['y', 'w', 'd', 'h', 'm', 's', 'ms']
/** Prometheus keeps durations as 64 bit nanoseconds. */
export const MAX_DURATION_S = 2 ** 63 / 1e9

/** Milliseconds of `1h30m`; a string says what is wrong with the text. */
export function parseDurationMs(text: string): number | string {
  if (text === '0') return 0
  const parts = text === '' ? null : DURATION.exec(text)
  if (!parts) {
    const unit = [...text.matchAll(/[a-z]+/g)].find(([name]) => !UNITS.includes(name))?.[0]
    if (unit) return `unknown unit ${quote(unit)} in duration ${quote(text)}`
    return `not a valid duration string: ${quote(text)}`
  }
  const ms = SIZES_MS.reduce((sum, size, i) => sum + Number(parts[i + 1] ?? 0) * size, 0)
  return ms / 1000 >= MAX_DURATION_S ? 'duration out of range' : ms
}

/** As Prometheus prints durations: `1h30m`, weeks and years only when they come out even. */
export function formatDurationMs(durationMs: number): string {
  let rest = Math.trunc(durationMs)
  if (rest === 0) return '0s'
  let text = ''
  const take = (unit: string, size: number, exact: boolean) => {
    if (exact && rest % size !== 0) return
    const count = Math.floor(rest / size)
    if (count > 0) text += `${count}${unit}`
    rest -= count * size
  }
  take('y', UNITS_MS.y, true)
  take('w', UNITS_MS.w, true)
  take('d', UNITS_MS.d, false)
  take('h', UNITS_MS.h, false)
  take('m', UNITS_MS.m, false)
  take('s', 1000, false)
  take('ms', 1, false)
  return text
}

/** Value of a number token: decimal, hexadecimal, octal with a leading 0, `Inf`, `NaN`. */
export function parseNumber(text: string): number {
  const plain = text.replaceAll('_', '').toLowerCase()
  if (plain === 'inf') return Number.POSITIVE_INFINITY
  if (/^0[0-7]+$/.test(plain)) return Number.parseInt(plain, 8)
  return Number(plain)
}

/** A label value as a float, as Go's `strconv.ParseFloat`; undefined where that fails. */
export function parseFloatText(text: string): number | undefined {
  if (/^[+-]?inf(?:inity)?$/i.test(text)) {
    return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  }
  if (/^nan$/i.test(text)) return Number.NaN
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text)) return undefined
  const value = Number(text)
  return Number.isFinite(value) ? value : undefined
}

/** The shortest decimal that reads back as the value, never with an exponent. */
export function formatNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  if (Object.is(value, -0)) return '-0'
  const text = String(value)
  const parts = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text)
  if (!parts) return text
  const [, sign = '', first = '', rest = '', power = ''] = parts
  const digits = first + rest
  const point = Number(power) + 1
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`
  return `${sign}${digits.padEnd(point, '0')}`
}

/** Go's `%g`: exponents of at least two digits below 1e-4 and from 1e21. */
export function formatShort(value: number): string {
  const size = Math.abs(value)
  if (!Number.isFinite(value) || size === 0 || (size >= 1e-4 && size < 1e21)) {
    return formatNumber(value)
  }
  return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2')
}

const ESCAPES: Record<string, string> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
}
const UNPRINTABLE = /[\\\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu

function escapeChar(char: string): string {
  const known = ESCAPES[char]
  if (known) return known
  const code = char.codePointAt(0) ?? 0
  if (code < 0x80) return `\\x${code.toString(16).padStart(2, '0')}`
  if (code < 0x1_0000) return `\\u${code.toString(16).padStart(4, '0')}`
  return `\\U${code.toString(16).padStart(8, '0')}`
}

/** Go's `strconv.Quote`. */
export function quote(text: string): string {
  return `"${text.replace(UNPRINTABLE, escapeChar).replaceAll('"', '\\"')}"`
}

/** Go's `%q` of a rune. */
export function quoteChar(char: string): string {
  return `'${char.replace(UNPRINTABLE, escapeChar).replaceAll("'", "\\'")}'`
}

const UNESCAPES = Object.fromEntries(
  Object.entries(ESCAPES).map(([char, text]) => [text[1], char]),
) as Record<string, string>
const ESCAPE = /\\(?:x([0-9a-fA-F]{2})|([0-7]{3})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))/gsu

/** The value of a string token that the scanner accepted. Bytes from `\x` that are not UTF-8 become U+FFFD. */
export function unquote(token: string): string {
  const inner = token.slice(1, -1)
  if (token.startsWith('`') || !inner.includes('\\')) return inner
  const bytes: Buffer[] = []
  let last = 0
  for (const found of inner.matchAll(ESCAPE)) {
    bytes.push(Buffer.from(inner.slice(last, found.index)), unescaped(found))
    last = found.index + found[0].length
  }
  bytes.push(Buffer.from(inner.slice(last)))
  return Buffer.concat(bytes).toString('utf8')
}

function unescaped([, hex, octal, short, long, char = '']: RegExpMatchArray): Buffer {
  if (hex) return Buffer.from([Number.parseInt(hex, 16)])
  if (octal) return Buffer.from([Number.parseInt(octal, 8)])
  const code = short ?? long
  if (code) return Buffer.from(String.fromCodePoint(Number.parseInt(code, 16)))
  return Buffer.from(UNESCAPES[char] ?? char)
}
