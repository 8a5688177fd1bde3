import type { Work } from '../support/turns.ts'
import type { Aggregation } from './ast.ts'
import { type Budget, SERIES_WORK } from './budget.ts'
import type { Frame } from './frame.ts'
import { rowsOf } from './frame.ts'
import { groupingOf } from './grouping.ts'
import { sortedInSlices } from './sorted-in-slices.ts'

/** `topk` and `bottomk`: the samples of the k greatest or least of each group, with all their labels. */
export function* rank(
  expr: Aggregation,
  frame: Frame,
  params: Float64Array,
  budget: Budget,
): Work<Frame> {
  const { groups, metrics } = yield* groupingOf(expr, frame.metrics, budget)
  const before = expr.op === 'topk' ? isLess : isGreater
  const present = new Uint8Array(frame.present.length)
  let order: number[] = []
  for (let step = 0; step < frame.steps; step++) {
    const k = Math.min(Math.trunc(params[step] ?? 0), frame.metrics.length)
    const heaps = metrics.map(() => new Heap(before))
    if (k >= 1) {
      for (let row = 0, cell = step; row < groups.length; row++, cell += frame.steps) {
        if (frame.present[cell] !== 1) continue
        heaps[groups[row] as number]?.offer({ row, value: frame.values[cell] as number }, k)
        if (budget.worked(RANK_WORK)) yield
      }
    }
    order = []
    for (const heap of heaps) {
      for (const { row } of yield* heap.ranked(budget)) {
        present[row * frame.steps + step] = 1
        order.push(row)
      }
      if (budget.worked(SERIES_WORK)) yield
    }
  }
  const ranked = { ...frame, present }
  // Only an instant vector has an order.
  return frame.steps === 1 ? yield* rowsOf(ranked, order, budget) : ranked
}

/** To offer a sample is as much work as to read so many. */
const RANK_WORK = 8

export interface Ranked {
  readonly row: number
  readonly value: number
}

type Less = (a: number, b: number) => boolean

/** NaN is less than everything, and greater: it always comes last. */
export const isLess: Less = (a, b) => Number.isNaN(a) || a < b
export const isGreater: Less = (a, b) => Number.isNaN(a) || a > b

/** Go's `container/heap`, so that ties fall as they do there; the worst is on top. */
class Heap {
  readonly #less: Less
  readonly #items: Ranked[] = []

  constructor(less: Less) {
    this.#less = less
  }

  offer(item: Ranked, k: number): void {
    const worst = this.#items[0]
    if (this.#items.length < k || !worst) {
      this.#items.push(item)
      this.#up(this.#items.length - 1)
      return
    }
    const better = Number.isNaN(worst.value)
      ? !Number.isNaN(item.value)
      : this.#less(worst.value, item.value) && !Number.isNaN(item.value)
    if (!better) return
    this.#items[0] = item
    this.#down()
  }

  /** The best first. */
  ranked(budget: Budget): Work<readonly Ranked[]> {
    return sortedLast(this.#items, this.#less, budget)
  }

  #isLess(i: number, j: number): boolean {
    return this.#less(this.#items[i]?.value ?? 0, this.#items[j]?.value ?? 0)
  }

  #swap(i: number, j: number): void {
    const [a, b] = [this.#items[i], this.#items[j]]
    if (a && b) [this.#items[i], this.#items[j]] = [b, a]
  }

  #up(from: number): void {
    for (let j = from; j > 0; ) {
      const parent = (j - 1) >> 1
      if (parent === j || !this.#isLess(j, parent)) return
      this.#swap(parent, j)
      j = parent
    }
  }

  #down(): void {
    const { length } = this.#items
    for (let i = 0; ; ) {
      let child = 2 * i + 1
      if (child >= length) return
      if (child + 1 < length && this.#isLess(child + 1, child)) child++
      if (!this.#isLess(child, i)) return
      this.#swap(i, child)
      i = child
    }
  }
}

/** Go sorts up to this many by insertion. */
const INSERTION_LIMIT = 12

/** By falling order of `less`, NaN last. */
export function* sortedLast(
  items: readonly Ranked[],
  less: Less,
  budget: Budget,
): Work<readonly Ranked[]> {
  if (items.length <= INSERTION_LIMIT) return inserted(items, less)
  return yield* sortedInSlices(items, budget, (a, b) => {
    const [nanA, nanB] = [Number.isNaN(a.value), Number.isNaN(b.value)]
    if (nanA || nanB) return Number(nanA) - Number(nanB)
    return less(b.value, a.value) ? -1 : less(a.value, b.value) ? 1 : 0
  })
}

function inserted(items: readonly Ranked[], less: Less): readonly Ranked[] {
  const sorted = [...items]
  for (let i = 1; i < sorted.length; i++) {
    for (let j = i; j > 0; j--) {
      const [a, b] = [sorted[j - 1], sorted[j]]
      if (!a || !b || !less(a.value, b.value)) break
      sorted[j - 1] = b
      sorted[j] = a
    }
  }
  return sorted
}
