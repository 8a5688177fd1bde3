/** What all texts begin with that a regular expression matches as a whole. */

const SPECIAL = new Set('.*+?()|[]{}^$\\')
/** Of what follows a literal: it may be missing then. */
const OPTIONAL = new Set('*?{')

/** One for each alternative of the outermost level; one that is '' excludes nothing. */
export function literalPrefixes(pattern: string): string[] {
  const alternatives = alternativesOf([...pattern])
  return alternatives ? alternatives.map(prefixOf) : ['']
}

/** Split at each `|` outside of groups and classes; undefined when that is not plain to see. */
function alternativesOf(chars: readonly string[]): string[][] | undefined {
  const alternatives: string[][] = [[]]
  let depth = 0
  for (let at = 0; at < chars.length; at++) {
    const char = chars[at] as string
    const next = chars[at + 1]
    if (char === '\\' && (next === 'Q' || next === 'E')) return undefined
    // Flags hold for what follows, and a repeat behind them for what is before: a(?i)?
    if (char === '(' && next === '?' && chars[at + 2] !== ':') return undefined
    if (char === '|' && depth === 0) {
      alternatives.push([])
      continue
    }
    if (char === '(') depth++
    if (char === ')') depth--
    let end = at
    if (char === '\\') end = at + 1
    if (char === '[') end = classEnd(chars, at)
    if (end < 0 || depth < 0) return undefined
    alternatives.at(-1)?.push(...chars.slice(at, end + 1))
    at = end
  }
  return alternatives
}

/** Where the class that begins at `from` ends; -1 when that is not plain to see. */
function classEnd(chars: readonly string[], from: number): number {
  let at = from + 1
  if (chars[at] === '^') at++
  if (chars[at] === ']') at++
  for (; at < chars.length; at++) {
    const char = chars[at]
    if (char === '[' || char === '\\') return -1
    if (char === ']') return at
  }
  return -1
}

function prefixOf(chars: readonly string[]): string {
  let prefix = ''
  for (let at = chars[0] === '^' ? 1 : 0; at < chars.length; at++) {
    let char = chars[at] as string
    if (char === '\\') {
      char = chars[++at] ?? ''
      if (/[\p{L}\p{N}]/u.test(char)) break
    } else if (SPECIAL.has(char)) break
    if (OPTIONAL.has(chars[at + 1] ?? '')) break
    prefix += char
  }
  return prefix
}
