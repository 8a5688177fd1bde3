/** Some work goes together, other work alone; who comes first begins first, so that nobody waits for ever. */
export class Gate {
  #together = 0
  #isAlone = false
  readonly #waiting: { readonly isAlone: boolean; readonly begin: () => void }[] = []

  /** With others that are `together`. */
  async together<Result>(work: () => Promise<Result>): Promise<Result> {
    await this.#enter(false)
    try {
      return await work()
    } finally {
      this.#together--
      this.#next()
    }
  }

  /** With nobody. */
  async alone<Result>(work: () => Promise<Result>): Promise<Result> {
    await this.#enter(true)
    try {
      return await work()
    } finally {
      this.#isAlone = false
      this.#next()
    }
  }

  async #enter(isAlone: boolean): Promise<void> {
    if (this.#waiting.length > 0 || !this.#isFree(isAlone)) {
      return new Promise((begin) => this.#waiting.push({ isAlone, begin }))
    }
    this.#begin(isAlone)
  }

  #isFree(isAlone: boolean): boolean {
    return !this.#isAlone && !(isAlone && this.#together > 0)
  }

  #begin(isAlone: boolean): void {
    if (isAlone) this.#isAlone = true
    else this.#together++
  }

  #next(): void {
    for (let first = this.#waiting[0]; first; first = this.#waiting[0]) {
      if (!this.#isFree(first.isAlone)) return
      this.#waiting.shift()
      this.#begin(first.isAlone)
      first.begin()
    }
  }
}
