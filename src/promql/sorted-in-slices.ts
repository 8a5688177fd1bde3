import type { Work } from '../support/turns.ts'
import { type Budget, SERIES_WORK } from './budget.ts'

/** So many are sorted at a stretch. */
const AT_ONCE = 512

/** As `toSorted`, but lets others go on: parts sorted one by one, then merged two by two. Stable. */
export function* sortedInSlices<Item>(
  items: readonly Item[],
  budget: Budget,
  compare: (a: Item, b: Item) => number,
): Work<readonly Item[]> {
  if (items.length <= AT_ONCE) {
    if (budget.worked(SERIES_WORK * items.length)) yield
    return items.toSorted(compare)
  }
  const middle = items.length >> 1
  const left = yield* sortedInSlices(items.slice(0, middle), budget, compare)
  const right = yield* sortedInSlices(items.slice(middle), budget, compare)
  const merged: Item[] = []
  for (let i = 0, j = 0; i < left.length || j < right.length; ) {
    const [a, b] = [left[i] as Item, right[j] as Item]
    if (j === right.length || (i < left.length && compare(a, b) <= 0)) {
      merged.push(a)
      i++
    } else {
      merged.push(b)
      j++
    }
    if (budget.worked(SERIES_WORK)) yield
  }
  return merged
}
