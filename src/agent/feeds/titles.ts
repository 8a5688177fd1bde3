/** Keeps the titles of events few: a title is a label, and what is said in a thousand ways is one matter. */

const OTHER = 'other'

export class Titles {
  readonly #maxModules: number
  readonly #maxTitles: number
  /** Least recently used first. */
  readonly #modules = new Map<string, Set<string>>()

  constructor(maxModules = 5_000, maxTitles = 200) {
    this.#maxModules = maxModules
    this.#maxTitles = maxTitles
  }

  /** `title`, or `other` when `module` has used up its titles. */
  admit(module: string, title: string): string {
    const titles = this.#modules.get(module) ?? new Set()
    this.#modules.delete(module)
    this.#modules.set(module, titles)
    if (this.#modules.size > this.#maxModules) this.#forgetOldest()
    if (titles.has(title)) return title
    if (titles.size >= this.#maxTitles) return OTHER
    titles.add(title)
    return title
  }

  #forgetOldest(): void {
    const [oldest] = this.#modules.keys()
    if (oldest !== undefined) this.#modules.delete(oldest)
  }
}
