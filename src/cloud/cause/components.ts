/** Strongly connected components: what explains each other in a circle is one. */

/**
 * Of all that can be reached from `starts`; each component comes after those that it leads to. Does not recurse.
 * Source: Tarjan, "Depth-first search and linear graph algorithms" (1972).
 */
export function components(
  starts: Iterable<string>,
  next: (key: string) => readonly string[],
): string[][] {
  const search = new Search(next)
  for (const start of starts) search.from(start)
  return search.found
}

interface Place {
  readonly key: string
  /** Not followed yet. */
  readonly left: string[]
}

class Search {
  readonly found: string[][] = []
  readonly #next: (key: string) => readonly string[]
  readonly #index = new Map<string, number>()
  readonly #low = new Map<string, number>()
  readonly #open: string[] = []
  readonly #isOpen = new Set<string>()

  constructor(next: (key: string) => readonly string[]) {
    this.#next = next
  }

  from(start: string): void {
    if (this.#index.has(start)) return
    const path = [this.#enter(start)]
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const to = top.left.pop()
      if (to === undefined) {
        path.pop()
        this.#leave(top.key)
        const below = path.at(-1)
        if (below) this.#lower(below.key, this.#low.get(top.key) ?? 0)
      } else if (!this.#index.has(to)) path.push(this.#enter(to))
      else if (this.#isOpen.has(to)) this.#lower(top.key, this.#index.get(to) ?? 0)
    }
  }

  #enter(key: string): Place {
    const index = this.#index.size
    this.#index.set(key, index)
    this.#low.set(key, index)
    this.#open.push(key)
    this.#isOpen.add(key)
    return { key, left: [...this.#next(key)] }
  }

  #lower(key: string, to: number): void {
    this.#low.set(key, Math.min(this.#low.get(key) ?? to, to))
  }

  #leave(key: string): void {
    if (this.#low.get(key) !== this.#index.get(key)) return
    const component = this.#open.splice(this.#open.lastIndexOf(key))
    for (const each of component) this.#isOpen.delete(each)
    this.found.push(component)
  }
}
