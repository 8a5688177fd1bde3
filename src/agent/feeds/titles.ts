/** Keeps the titles of events few: a title is a label, and what is said in a thousand ways is one matter. */
import type { UnixMs } from '../../model/time.ts'

const OTHER = 'other'
/** A title that was not heard for so long gives its place to a new one. */
const FORGET_AFTER_MS = 6 * 3_600_000

export class Titles {
  readonly #maxModules: number
  readonly #maxTitles: number
  /** When each title was heard last; modules and titles least recently heard first. */
  readonly #modules = new Map<string, Map<string, UnixMs>>()

  constructor(maxModules = 5_000, maxTitles = 200) {
    this.#maxModules = maxModules
    this.#maxTitles = maxTitles
  }

  /** `title`, or `other` when `module` has used up its titles. */
  admit(module: string, title: string, at: UnixMs): string {
    const titles = this.#modules.get(module) ?? new Map<string, UnixMs>()
    this.#modules.delete(module)
    this.#modules.set(module, titles)
    if (this.#modules.size > this.#maxModules) forgetOldest(this.#modules)
    if (!titles.has(title) && titles.size >= this.#maxTitles) {
      const [heardAt = at] = titles.values()
      if (at - heardAt < FORGET_AFTER_MS) return OTHER
      forgetOldest(titles)
    }
    titles.delete(title)
    titles.set(title, at)
    return title
  }
}

function forgetOldest(map: Map<string, unknown>): void {
  const [oldest] = map.keys()
  if (oldest !== undefined) map.delete(oldest)
}
