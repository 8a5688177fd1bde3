/** Which files of a folder are rule files, by patterns such as `alerting_rule*.yaml`; and which are only nearly. */

export interface UnmatchedFile {
  readonly name: string
  /** The nearest name that would match, when it is but a slip away. */
  readonly didYouMean?: string
}

/** `*` stands for any characters, `?` for one. No case is ignored. */
export function matchesPattern(name: string, pattern: string): boolean {
  const source = pattern
    .replace(/[\\^$.+()[\]{}|/]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`, 'su').test(name)
}

/** The names (of files, without folders) that match none of the patterns, in their order. */
export function unmatchedFiles(
  names: readonly string[],
  patterns: readonly string[],
): UnmatchedFile[] {
  return names.flatMap((name) => {
    if (patterns.some((pattern) => matchesPattern(name, pattern))) return []
    const nearest = patterns
      .map((pattern) => ({ ...repaired(name, pattern), most: mostSlips(pattern) }))
      .filter(({ slips, most }) => slips <= most)
      .sort((a, b) => a.slips - b.slips)[0]
    return [nearest ? { name, didYouMean: nearest.text } : { name }]
  })
}

/** One slip in four characters that the pattern spells out before its ending, three at most. */
function mostSlips(pattern: string): number {
  return Math.min(3, Math.floor(pattern.replace(/\.[^.]*$|[*?]/g, '').length / 4))
}

interface Repair {
  readonly slips: number
  readonly text: string
}

const NONE: Repair = { slips: Number.POSITIVE_INFINITY, text: '' }

/** The least edits that make the pattern match, and what the name becomes by them. Case is no slip. */
function repaired(name: string, pattern: string): Repair {
  let before: Repair[] = []
  for (let i = 0; i <= name.length; i++) {
    const row: Repair[] = []
    for (let j = 0; j <= pattern.length; j++) {
      row.push(i + j === 0 ? { slips: 0, text: '' } : least(name[i - 1], pattern[j - 1], j))
    }
    before = row

    function least(char: string | undefined, wanted: string | undefined, j: number): Repair {
      const [above = NONE, left = NONE, across = NONE] = [before[j], row[j - 1], before[j - 1]]
      const star = wanted === '*'
      const any = wanted === '?'
      const same = any || char?.toLowerCase() === wanted?.toLowerCase()
      const spelled = any ? (char ?? '') : (wanted ?? '')
      const ways = [
        star ? left : plus(across, same ? 0 : 1, spelled),
        star ? plus(above, 0, char ?? '') : plus(above, 1, ''),
        // No character can be made up for a `?`.
        star || any ? NONE : plus(left, 1, spelled),
      ]
      return ways.reduce((best, way) => (way.slips < best.slips ? way : best), NONE)
    }
  }
  return before[pattern.length] ?? NONE
}

function plus({ slips, text }: Repair, more: number, char: string): Repair {
  return { slips: slips + more, text: text + char }
}
