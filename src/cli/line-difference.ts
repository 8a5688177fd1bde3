/** Longer texts are not compared line by line. */
const MAX_CELLS = 1_000_000

/** What has to go from `before` (`- `) and what has to come (`+ `) to make `after`; `  ` where both agree. */
export function lineDifference(before: readonly string[], after: readonly string[]): string[] {
  if (before.length * after.length > MAX_CELLS)
    return [...marked('- ', before), ...marked('+ ', after)]
  const common = commonLengths(before, after)
  const lines: string[] = []
  let [i, j] = [0, 0]
  while (i < before.length || j < after.length) {
    const [gone, come] = [before[i], after[j]]
    if (gone !== undefined && gone === come) {
      lines.push(`  ${gone}`)
      i++
      j++
    } else if (gone !== undefined && (common[i + 1]?.[j] ?? 0) >= (common[i]?.[j + 1] ?? -1)) {
      lines.push(`- ${gone}`)
      i++
    } else {
      lines.push(`+ ${come}`)
      j++
    }
  }
  return lines
}

/** At [i][j]: how many lines the rests from there have in common, in order. */
function commonLengths(before: readonly string[], after: readonly string[]): number[][] {
  const common = Array.from(before, () => new Array<number>(after.length + 1).fill(0))
  for (let i = before.length - 1; i >= 0; i--) {
    const [row = [], below = []] = [common[i], common[i + 1]]
    for (let j = after.length - 1; j >= 0; j--) {
      row[j] =
        before[i] === after[j] ? (below[j + 1] ?? 0) + 1 : Math.max(below[j] ?? 0, row[j + 1] ?? 0)
    }
  }
  return common
}

function marked(mark: string, lines: readonly string[]): string[] {
  return lines.map((line) => mark + line)
}
