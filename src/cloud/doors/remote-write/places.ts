/** Bodies that are in memory at a time: of one environment, and of all. */
export interface PlaceLimits {
  readonly maxBodies: number
  readonly maxBodiesInAll: number
}

export class Places {
  readonly #limits: PlaceLimits
  readonly #taken = new Map<string, number>()
  #takenInAll = 0

  constructor(limits: PlaceLimits) {
    this.#limits = limits
  }

  /** Returns how to give the place back; undefined when there is none. */
  take(environment: string): (() => void) | undefined {
    const { maxBodies, maxBodiesInAll } = this.#limits
    const taken = this.#taken.get(environment) ?? 0
    if (taken >= maxBodies || this.#takenInAll >= maxBodiesInAll) return undefined
    this.#taken.set(environment, taken + 1)
    this.#takenInAll++
    return () => {
      this.#takenInAll--
      const left = (this.#taken.get(environment) ?? 0) - 1
      if (left > 0) this.#taken.set(environment, left)
      else this.#taken.delete(environment)
    }
  }
}
