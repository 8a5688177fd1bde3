/** The values that an answer is grouped by: one text, joined by commas that nothing escapes. */

/** Longer groups are no groups of ours: names in the tables have up to 255 characters. */
const MAX_CHARS = 8_192
/** Shorter parts of a text are texts of their own, longer ones keep the whole of it. */
const PART_CHARS = 13

/** Keeps each text once. */
export class Names {
  readonly #known = new Map<string, string>()

  of(text: string): string {
    if (text.length < PART_CHARS) return text
    const same = this.#known.get(text)
    if (same === undefined) this.#known.set(text, text)
    return same ?? text
  }
}

/** The first `count` values, and the rest. Undefined: there are fewer. */
export function splitGroup(
  group: string,
  count: number,
  names: Names,
): { readonly values: string[]; readonly rest: string } | undefined {
  if (group.length > MAX_CHARS) return undefined
  const values: string[] = []
  let at = 0
  for (let i = 0; i < count; i++) {
    const comma = group.indexOf(',', at)
    if (comma === -1) return undefined
    values.push(names.of(group.slice(at, comma)))
    at = comma + 1
  }
  return { values, rest: group.slice(at) }
}

/**
 * Two texts that were joined by a comma. The second is one item, or all at the end that look like
 * `item` (sticky, with the comma after it) but for the last, which may have been cut off.
 * Undefined: there is no comma.
 */
export function splitTexts(rest: string, item: RegExp): [string, string] | undefined {
  let comma = rest.lastIndexOf(',')
  if (comma === -1) return undefined
  while (comma > 0) {
    const before = rest.lastIndexOf(',', comma - 1)
    item.lastIndex = before + 1
    if (before === -1 || !item.test(rest)) break
    comma = before
  }
  return [rest.slice(0, comma), rest.slice(comma + 1)]
}
