/** How a peer treats what it is sent: by chance, the same chance for the same seed. */
import type { Random } from '../promql-differential/random.ts'

/** `breaks off` takes the whole message and gives no answer; all others that fail take nothing. */
export type Fate =
  | 'takes'
  | 'takes late'
  | 'fails'
  | 'throttles'
  | 'hangs'
  | 'talks garbage'
  | 'breaks off'

/** In a hundred; the rest is taken. */
const SHARES: readonly (readonly [Fate, number])[] = [
  ['takes late', 14],
  ['fails', 8],
  ['throttles', 4],
  ['hangs', 3],
  ['talks garbage', 5],
  ['breaks off', 5],
]
const LATE_MS = 80
/** Then it hangs up: shorter than any patience of the cloud, so that its own ends are met elsewhere. */
const HANGS_MS = 700

export class Fates {
  readonly #random: Random
  #calm = false

  constructor(random: Random) {
    this.#random = random
  }

  /** From now on all is taken at once. */
  calm(): void {
    this.#calm = true
  }

  next(): Fate {
    let drawn = this.#random.int(0, 99)
    if (this.#calm) return 'takes'
    for (const [fate, share] of SHARES) {
      drawn -= share
      if (drawn < 0) return fate
    }
    return 'takes'
  }

  /** How long what is late takes. */
  lateMs(): number {
    return this.#random.int(1, LATE_MS)
  }

  hangMs(): number {
    return this.#random.int(100, HANGS_MS)
  }

  pick<T>(items: readonly T[]): T {
    return this.#random.pick(items)
  }
}

export function passed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
