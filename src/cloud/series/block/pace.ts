import { setImmediate, setTimeout } from 'node:timers/promises'

const MAX_VALUES = 60_000
const MAX_PAUSE_MS = 20

/** Work in slices: lets others have their turn every so many values. */
export class Pace {
  readonly #maxValues: number
  #spent = 0

  /** `maxValues`: of the default, some milliseconds of work. */
  constructor(maxValues = MAX_VALUES) {
    this.#maxValues = maxValues
  }

  /** Work on `values` numbers was done; the next `rest` counts it. */
  spend(values: number): void {
    this.#spent += values
  }

  /** After work on `values` numbers (or texts, or what takes as long). */
  async rest(values: number): Promise<void> {
    await this.restIfDue(values)
  }

  /** As `rest`, for who calls it very often: there is a promise only when it is time. */
  restIfDue(values: number): Promise<void> | undefined {
    this.#spent += values
    if (this.#spent < this.#maxValues) return undefined
    this.#spent = 0
    return this.pause()
  }

  protected async pause(): Promise<void> {
    await setImmediate()
  }
}

/** Takes no more than half of the time, and can be ended: then `rest` throws what `ended` tells. */
export class EasyPace extends Pace {
  readonly #ended: () => Error | undefined
  #since = performance.now()

  constructor(ended: () => Error | undefined) {
    super(MAX_VALUES)
    this.#ended = ended
  }

  protected override async pause(): Promise<void> {
    const error = this.#ended()
    if (error) throw error
    await setTimeout(Math.min(MAX_PAUSE_MS, performance.now() - this.#since))
    this.#since = performance.now()
  }
}

const SORTED_AT_ONCE = 2048

/** Sorted by `key`, in the order of `<`. */
export async function sortPaced<Item>(
  items: readonly Item[],
  key: (item: Item) => string,
  pace: Pace,
): Promise<Item[]> {
  const compare = (a: Item, b: Item) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0)
  let runs: Item[][] = []
  for (let at = 0; at < items.length; at += SORTED_AT_ONCE) {
    runs.push(items.slice(at, at + SORTED_AT_ONCE).sort(compare))
    await pace.rest(10 * SORTED_AT_ONCE)
  }
  while (runs.length > 1) {
    const merged: Item[][] = []
    for (let at = 0; at < runs.length; at += 2) {
      merged.push(await mergeRuns(runs[at] ?? [], runs[at + 1] ?? [], compare, pace))
    }
    runs = merged
  }
  return runs[0] ?? []
}

async function mergeRuns<Item>(
  a: readonly Item[],
  b: readonly Item[],
  compare: (a: Item, b: Item) => number,
  pace: Pace,
): Promise<Item[]> {
  const merged: Item[] = []
  let [at, bt] = [0, 0]
  while (at < a.length && bt < b.length) {
    const [left, right] = [a[at] as Item, b[bt] as Item]
    if (compare(left, right) <= 0) {
      merged.push(left)
      at++
    } else {
      merged.push(right)
      bt++
    }
    if (merged.length % SORTED_AT_ONCE === 0) await pace.rest(4 * SORTED_AT_ONCE)
  }
  for (; at < a.length; at++) merged.push(a[at] as Item)
  for (; bt < b.length; bt++) merged.push(b[bt] as Item)
  return merged
}
