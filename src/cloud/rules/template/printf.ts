/** Go's `fmt.Sprintf`, for the values of templates. */
import { formatFloat, quote } from './go-text.ts'
import { type GoValue, show, typeOf } from './value.ts'

const DIRECTIVE = /%([-+# 0]*)(\d*)(?:\.(\d*))?([a-zA-Z%])?/g
/** Widths and precisions beyond this are cut: a template's output is bounded anyway. */
const MAX_WIDTH = 1000

interface Directive {
  readonly flags: string
  readonly precision: number | undefined
  readonly verb: string
}

export function sprintf(format: string, args: readonly GoValue[]): string {
  let next = 0
  const text = format.replace(DIRECTIVE, (_, flags: string, width: string, precision, verb) => {
    if (verb === '%') return '%'
    if (verb === undefined) return '%!(NOVERB)'
    if (next >= args.length) return `%!${verb}(MISSING)`
    const digits = precision === undefined ? undefined : Math.min(Number(precision), MAX_WIDTH)
    const shown = convert({ flags, precision: digits, verb }, args[next++])
    return pad(shown, flags, Math.min(Number(width), MAX_WIDTH))
  })
  if (next >= args.length) return text
  const extra = args.slice(next).map((value) => `${typeOf(value)}=${show(value)}`)
  return `${text}%!(EXTRA ${extra.join(', ')})`
}

function convert({ flags, precision, verb }: Directive, value: GoValue): string {
  const plus = (text: string) => (flags.includes('+') && !/^[+-]/.test(text) ? `+${text}` : text)
  const wrong = `%!${verb}(${typeOf(value)}=${show(value)})`
  if (verb === 'v')
    return typeof value === 'number' || typeof value === 'bigint' ? plus(show(value)) : show(value)
  if (verb === 'T') return typeOf(value)
  if (typeof value === 'boolean') return verb === 't' ? String(value) : wrong
  if (typeof value === 'number') {
    const form = /^[gef]$/i.test(verb) ? (verb.toLowerCase() as 'g' | 'e' | 'f') : undefined
    if (!form) return wrong
    const text = plus(formatFloat(value, form, precision ?? (form === 'g' ? -1 : 6)))
    return verb === verb.toUpperCase() ? text.toUpperCase() : text
  }
  if (typeof value === 'bigint') return convertInt(verb, value, plus) ?? wrong
  if (verb !== 's' && verb !== 'q' && verb !== 'x') return wrong
  const text = precision === undefined ? show(value) : [...show(value)].slice(0, precision).join('')
  if (verb === 'x') return Buffer.from(text).toString('hex')
  return verb === 'q' ? quote(text) : text
}

function convertInt(verb: string, value: bigint, plus: (text: string) => string) {
  switch (verb) {
    case 'd':
      return plus(value.toString())
    case 'x':
      return value.toString(16)
    case 'X':
      return value.toString(16).toUpperCase()
    case 'o':
      return value.toString(8)
    case 'b':
      return value.toString(2)
    case 'c':
      return String.fromCodePoint(Number(BigInt.asUintN(20, value)))
    default:
      return undefined
  }
}

function pad(text: string, flags: string, width: number): string {
  const missing = width - [...text].length
  if (missing <= 0) return text
  if (flags.includes('-')) return text + ' '.repeat(missing)
  if (!flags.includes('0') || !/^[+-]?\d/.test(text)) return ' '.repeat(missing) + text
  const sign = /^[+-]/.exec(text)?.[0] ?? ''
  return sign + '0'.repeat(missing) + text.slice(sign.length)
}
