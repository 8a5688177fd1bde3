/**
 * Which bytes of a segment need no more reading: its batches are taken, dropped, or damaged.
 * Bounded: what does not fit is forgotten, and such a batch is sent again.
 */
export interface DoneRange {
  readonly from: number
  readonly to: number
  /** In it, of those that were counted. */
  readonly batches: number
}

/** Batches taken in order make one range; more come of batches left for the backlog in between. */
const MAX_RANGES = 256

export class DoneRanges {
  /** In order, none touching another. */
  #ranges: DoneRange[] = []

  get bytes(): number {
    return this.#ranges.reduce((sum, { from, to }) => sum + to - from, 0)
  }

  get batches(): number {
    return this.#ranges.reduce((sum, { batches }) => sum + batches, 0)
  }

  /** `at`, or the end of the range it lies in. */
  past(at: number): number {
    const range = this.#ranges.find(({ to }) => to > at)
    return range && range.from <= at ? range.to : at
  }

  /** False when it was done already, or does not fit; what touches the first range always fits. */
  add({ from, to, batches }: DoneRange): boolean {
    if (to <= from || this.past(from) !== from) return false
    const touches = (each: DoneRange) => each.from <= to && from <= each.to
    const touching = this.#ranges.filter(touches)
    if (touching.length === 0 && this.#ranges.length >= MAX_RANGES) return false
    const joined = touching.reduce(
      (sum, each) => ({
        from: Math.min(sum.from, each.from),
        to: Math.max(sum.to, each.to),
        batches: sum.batches + each.batches,
      }),
      { from, to, batches },
    )
    const others = this.#ranges.filter((each) => !touches(each))
    this.#ranges = [...others, joined].sort((a, b) => a.from - b.from)
    return true
  }

  /** This is done, whatever was. */
  fill(range: DoneRange): void {
    this.#ranges = [range]
  }
}
