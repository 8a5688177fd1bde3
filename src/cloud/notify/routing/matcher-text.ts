/**
 * Matchers as Alertmanager writes them: `a="b", c=~"d.*"`, braces around them or not. What its classic parser takes is
 * read so, all else as UTF-8 matchers, as Alertmanager does by default. Source: alertmanager `pkg/labels/parse.go`,
 * `matcher/parse`, `matcher/compat`.
 */
import { Failure } from '../../../support/failure.ts'
import { type LabelMatcher, MATCH_OPS } from '../mute.ts'

/** Not a matcher. */
export class MatcherFailure extends Failure<'invalid'> {
  constructor(message: string) {
    super('invalid', message)
  }
}

const CLASSIC = /^\s*([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(=~|=|!=|!~)\s*(.*?)\s*$/s
const WORD = String.raw`"(?:[^"\\]|\\.)*"|[^\s{}!=~,\\"'\x60]+`
const UTF8 = new RegExp(String.raw`\s*(${WORD})\s*(=~|=|!=|!~)\s*(${WORD})\s*(,\s*|$)`, 'suy')

/** @throws {MatcherFailure} */
export function parseMatchers(text: string): LabelMatcher[] {
  const classic = parts(text).map(classicMatcher)
  if (classic.every((one) => typeof one !== 'string')) return classic
  const found = utf8Matchers(text)
  if (found) return found
  throw new MatcherFailure(classic.find((one) => typeof one === 'string') ?? '')
}

/** Commas within double quotes do not part; what stands behind the last one may be nothing. */
function parts(text: string): string[] {
  const found: string[] = []
  let part = ''
  let isQuoted = false
  let isEscaped = false
  for (const char of text.replace(/^\{/, '').replace(/\}$/, '')) {
    if (char === ',' && !isQuoted) {
      found.push(part)
      part = ''
      continue
    }
    if (char === '"' && !isEscaped) isQuoted = !isQuoted
    isEscaped = char === '\\' && !isEscaped
    part += char
  }
  return part.trim() === '' ? found : [...found, part]
}

/** Or what is wrong with it. */
function classicMatcher(text: string): LabelMatcher | string {
  const [, name, op, raw = ''] = CLASSIC.exec(text) ?? []
  const known = MATCH_OPS.find((one) => one === op)
  if (name === undefined || !known) return `bad matcher format: ${text.trim()}`
  const quoted = /^"((?:[^"\\]|\\.)*)"$/s.exec(raw)?.[1]
  const inner = quoted ?? raw
  if (quoted === undefined && /(?<!\\)(?:\\\\)*"/.test(raw)) {
    return `matcher value contains unescaped double quote: ${raw}`
  }
  // A backslash before anything else stands for itself.
  const value = inner.replace(/\\([n"\\])/g, (_, char) => (char === 'n' ? '\n' : char))
  return { name, op: known, value }
}

/** Names and values may be any text in double quotes; undefined: they are no such matchers. */
function utf8Matchers(text: string): LabelMatcher[] | undefined {
  const whole = text.trim()
  if (whole.startsWith('{') !== whole.endsWith('}')) return undefined
  const inner = whole.startsWith('{') ? whole.slice(1, -1).trim() : whole
  const found: LabelMatcher[] = []
  for (let at = 0; at < inner.length; at = UTF8.lastIndex) {
    UTF8.lastIndex = at
    const [, name, op, value] = UTF8.exec(inner) ?? []
    const known = MATCH_OPS.find((one) => one === op)
    const words = [name, value].map(unquoted)
    const [label, wanted] = words
    if (!known || !label || wanted === undefined) return undefined
    found.push({ name: label, op: known, value: wanted })
  }
  return found
}

function unquoted(word = ''): string | undefined {
  if (!word.startsWith('"')) return word
  try {
    return String(JSON.parse(word))
  } catch {
    return undefined
  }
}

/** As Alertmanager prints it. */
export function matcherText({ name, op, value }: LabelMatcher): string {
  const escaped = value.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')
  const label = /[\s{}!=~,\\"'`]/.test(name) ? JSON.stringify(name) : name
  return `${label}${op}"${escaped}"`
}

/** `{a="b",c=~"d.*"}`, sorted, so that the same matchers have the same text. */
export function matchersText(matchers: readonly LabelMatcher[]): string {
  return `{${matchers.map(matcherText).sort().join(',')}}`
}
