/**
 * What parts of expressions came to the last time: rules ask the same at each instant, and the series that they find
 * hardly change. Nothing depends on it but time.
 */
import { LabelNumbers, type Together } from './label-numbers.ts'
import type { Metric } from './metric.ts'

/** Rows and groups in all; beyond that it begins anew. */
const MOST_ROWS = 200_000

/** Things by the part of an expression that they are of; gone when that is. */
class KeptThings<Thing> {
  #things = new WeakMap<WeakKey, Thing>()
  #rows = 0

  of(part: WeakKey, make: () => Thing): Thing {
    const known = this.#things.get(part)
    if (known !== undefined) return known
    const made = make()
    this.#things.set(part, made)
    return made
  }

  /** One of them has so many rows more. */
  grow(rows: number): void {
    this.#rows += rows
    if (this.#rows <= MOST_ROWS) return
    this.#things = new WeakMap()
    this.#rows = 0
  }
}

const lists = new KeptThings<WeakMap<Metric, readonly Metric[]>>()

/**
 * The list that this part of an expression had the last time, if that has the same metrics: so what is known of the
 * list need not be worked out again. Of lists that begin with different metrics, as those of different environments,
 * each is kept.
 */
export function keptList(part: WeakKey, metrics: readonly Metric[]): readonly Metric[] {
  const [first] = metrics
  if (!first) return metrics
  const known = lists.of(part, () => new WeakMap())
  const before = known.get(first)
  if (before && isSame(before, metrics)) return before
  known.set(first, metrics)
  lists.grow(metrics.length - (before?.length ?? 0))
  return metrics
}

function isSame(a: readonly Metric[], b: readonly Metric[]): boolean {
  if (a.length !== b.length) return false
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false
  return true
}

/** Numbers of label sets, and the labels that all of a number share: the same object each time. */
export class KeptGroups {
  readonly numbers: LabelNumbers
  readonly #shared: Metric[] = []

  constructor(together: Together) {
    this.numbers = new LabelNumbers(together)
  }

  /** `member`: a metric of that number. */
  shared(number: number, member: () => Metric): Metric {
    let metric = this.#shared[number]
    if (!metric) {
      metric = this.numbers.sharedOf(member())
      this.#shared[number] = metric
      groups.grow(1)
    }
    return metric
  }
}

const groups = new KeptThings<KeptGroups>()

/** The groups of an aggregation. */
export function keptGroups(part: WeakKey, together: Together): KeptGroups {
  return groups.of(part, () => new KeptGroups(together))
}

/** What two lists come to with a part of an expression, as long as the first is there; of each first the last second. */
export class KeptPairs<Thing> {
  readonly #parts = new WeakMap<WeakKey, WeakMap<readonly Metric[], Pair<Thing>>>()

  get(part: WeakKey, first: readonly Metric[], second: readonly Metric[]): Thing | undefined {
    const pair = this.#parts.get(part)?.get(first)
    return pair?.second === second ? pair.thing : undefined
  }

  set(part: WeakKey, first: readonly Metric[], second: readonly Metric[], thing: Thing): void {
    let pairs = this.#parts.get(part)
    if (!pairs) {
      pairs = new WeakMap()
      this.#parts.set(part, pairs)
    }
    pairs.set(first, { second, thing })
  }
}

interface Pair<Thing> {
  readonly second: readonly Metric[]
  readonly thing: Thing
}
