/** Go's regular expressions on JavaScript's engine, for `match` and `reReplaceAll`. */

const MAX_PATTERN = 1000

/** Also takes leading flags `(?is)` and names `(?P<name>…)`. */
export function goRegExp(pattern: string): RegExp {
  if (pattern.length > MAX_PATTERN) throw new Error(`regexp longer than ${MAX_PATTERN} characters`)
  const flags = /^\(\?([ims]+)\)/.exec(pattern)?.[1] ?? ''
  const body = pattern
    .slice(flags === '' ? 0 : flags.length + 3)
    .replaceAll('(?P<', '(?<')
    .replace(/\\z$/, '$')
    .replace(/^\\A/, '^')
  try {
    return new RegExp(body, [...new Set(`gu${flags}`)].join(''))
  } catch {
    throw new Error(`error parsing regexp: ${pattern}`)
  }
}

/** `$1`, `${1}` and `${name}` in `replacement` stand for groups, as in Go: `$1x` is the group `1x`. */
export function replaceAll(text: string, pattern: string, replacement: string): string {
  return text.replace(goRegExp(pattern), (...found: unknown[]) => {
    const named = (typeof found.at(-1) === 'object' ? found.at(-1) : {}) as Record<string, unknown>
    return replacement.replace(/\$(?:\$|(\w+)|\{(\w+)\})/g, (whole, bare, braced) => {
      if (whole === '$$') return '$'
      const name: string = bare ?? braced
      const group = /^\d+$/.test(name) ? groupAt(found, Number(name)) : named[name]
      return typeof group === 'string' ? group : ''
    })
  })
}

/** The groups stand before the offset, the first number. */
function groupAt(found: readonly unknown[], index: number): unknown {
  return index < found.findIndex((item) => typeof item === 'number') ? found[index] : undefined
}
