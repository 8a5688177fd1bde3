import { LATENCY_BUCKETS, type StatKey, type StatRow, type StatValues } from '../../model/stat.ts'

const FIRST_KEYS = 64
/** Numbers of a key: five counters, then the buckets. */
const BUCKETS = 5
const WIDTH = BUCKETS + LATENCY_BUCKETS

/** What each key adds up to: numbers side by side, since this is added to with every record. */
export class StatSums {
  readonly #keys: StatKey[] = []
  #sums = new Float64Array(FIRST_KEYS * WIDTH)

  get size(): number {
    return this.#keys.length
  }

  /** Takes in a key; returns its index, counted from 0. */
  begin(key: StatKey): number {
    const index = this.#keys.push(key) - 1
    if ((index + 1) * WIDTH > this.#sums.length) {
      const grown = new Float64Array(2 * this.#sums.length)
      grown.set(this.#sums)
      this.#sums = grown
    }
    return index
  }

  add(index: number, more: StatValues): void {
    const sums = this.#sums
    const at = index * WIDTH
    sums[at] = (sums[at] as number) + more.calls
    sums[at + 1] = (sums[at + 1] as number) + more.timeouts
    sums[at + 2] = (sums[at + 2] as number) + more.exceptions
    sums[at + 3] = (sums[at + 3] as number) + more.durationSumMs
    sums[at + 4] = Math.max(sums[at + 4] as number, more.durationMaxMs)
    const { buckets } = more
    const first = at + BUCKETS
    for (let i = 0; i < LATENCY_BUCKETS; i++) {
      sums[first + i] = (sums[first + i] as number) + (buckets[i] ?? 0)
    }
  }

  /** In the order they were taken in. */
  rows(): StatRow[] {
    return this.#keys.map((key, index) => ({ key, values: this.#valuesAt(index * WIDTH) }))
  }

  #valuesAt(at: number): StatValues {
    const sums = this.#sums
    const buckets = new Array<number>(LATENCY_BUCKETS)
    for (let i = 0; i < LATENCY_BUCKETS; i++) buckets[i] = sums[at + BUCKETS + i] as number
    return {
      calls: sums[at] as number,
      timeouts: sums[at + 1] as number,
      exceptions: sums[at + 2] as number,
      durationSumMs: sums[at + 3] as number,
      durationMaxMs: sums[at + 4] as number,
      buckets,
    }
  }
}
