/** Strongly connected components: what explains each other in a circle is one. */

/**
 * Of all that can be reached from `starts`; each component comes after those that it leads to. Does not recurse.
 * Source: Tarjan, "Depth-first search and linear graph algorithms" (1972).
 */
export function components(
  starts: Iterable<string>,
  next: (key: string) => readonly string[],
): string[][] {
  const found: string[][] = []
  const index = new Map<string, number>()
  const low = new Map<string, number>()
  const open: string[] = []
  const isOpen = new Set<string>()
  const enter = (key: string) => {
    index.set(key, index.size)
    low.set(key, index.size - 1)
    open.push(key)
    isOpen.add(key)
    return { key, left: [...next(key)] }
  }
  const lower = (key: string, to: number) => low.set(key, Math.min(low.get(key) ?? to, to))
  const leave = (key: string) => {
    if (low.get(key) !== index.get(key)) return
    const component = open.splice(open.lastIndexOf(key))
    for (const each of component) isOpen.delete(each)
    found.push(component)
  }
  for (const start of starts) {
    if (index.has(start)) continue
    const path = [enter(start)]
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const to = top.left.pop()
      if (to === undefined) {
        path.pop()
        leave(top.key)
        const below = path.at(-1)
        if (below) lower(below.key, low.get(top.key) ?? 0)
      } else if (!index.has(to)) path.push(enter(to))
      else if (isOpen.has(to)) lower(top.key, index.get(to) ?? 0)
    }
  }
  return found
}
