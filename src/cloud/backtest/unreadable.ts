/** What could not be read of what is stored: answers lack it. */

const MAX = 10
/** What the language itself has to say of an expression. */
const OF_LANGUAGE = /^PromQL (warning|info):/

export class Unreadable {
  readonly #found = new Set<string>()

  /** `what` in words. */
  add(what: string): void {
    if (this.#found.size < MAX) this.#found.add(what)
  }

  /** Warnings of an answer. */
  hear(warnings: readonly string[]): void {
    for (const warning of warnings) if (!OF_LANGUAGE.test(warning)) this.add(warning)
  }

  /** The first ten. */
  list(): readonly string[] {
    return [...this.#found]
  }
}
