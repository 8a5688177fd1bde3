import type { Matcher } from '../../promql/source.ts'

export interface CompiledMatcher {
  readonly name: string
  /** The one value that matches, when only one does. */
  readonly only?: string
  readonly matches: (value: string) => boolean
}

/** A matcher as a test of a label's value; '' is an absent label. */
export function compileMatcher({ name, op, value }: Matcher): CompiledMatcher {
  if (op === '=') return { name, only: value, matches: (other) => other === value }
  if (op === '!=') return { name, matches: (other) => other !== value }
  const pattern = anchored(value)
  const wanted = op === '=~'
  return { name, matches: (other) => pattern.test(other) === wanted }
}

/** RE2's syntax as far as JavaScript shares it. The language has checked the pattern before. */
function anchored(pattern: string): RegExp {
  const [, flags = '', rest = pattern] = /^\(\?([ims]+)\)([\s\S]*)$/.exec(pattern) ?? []
  const source = `^(?:${rest})$`
  try {
    return new RegExp(source, `${flags.replace('s', '')}su`)
  } catch {
    // RE2 takes escapes that JavaScript takes only without `u`, such as `\-`.
    return new RegExp(source, `${flags.replace('s', '')}s`)
  }
}
