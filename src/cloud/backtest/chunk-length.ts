/** How long a chunk of a backtest may be: what is held of it in memory stays in bounds. */

/** The first chunk shows how much there is. */
const FIRST_MS = 10 * 60_000

export interface ChunkOptions {
  readonly mostMs: number
  /** Between two instants. */
  readonly leastMs: number
  /** So many samples may be held at a time. */
  readonly maxSamples: number
}

export class ChunkLength {
  readonly #options: ChunkOptions
  #ms: number
  #samplesPerMs = 0

  constructor({ mostMs, leastMs, maxSamples }: ChunkOptions) {
    this.#options = { mostMs, leastMs, maxSamples }
    this.#ms = Math.min(mostMs, Math.max(leastMs, FIRST_MS))
  }

  /** Of the next chunk. */
  get ms(): number {
    return this.#ms
  }

  /** A chunk of this length held so many samples: they are in proportion. */
  held(samples: number, lengthMs: number): void {
    const { mostMs, leastMs, maxSamples } = this.#options
    // A short chunk may lie between the instants of a group that has much.
    this.#samplesPerMs = Math.max(samples / lengthMs, this.#samplesPerMs / 2)
    const steps = Math.floor(maxSamples / this.#samplesPerMs / leastMs)
    this.#ms = Math.min(mostMs, Math.max(1, steps) * leastMs)
  }
}
