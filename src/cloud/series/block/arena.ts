/** Room for the many short columns of one answer, cut off larger pieces: not for keeping. */

const FIRST_VALUES = 512
const MOST_VALUES = 64 * 1024
/** As long as what is taken between two `reuse` may be for one piece to be made for it. */
const MOST_REUSED = 1024 * 1024
const NONE = new Float64Array(0)

export class Arena {
  #piece: Float64Array = NONE
  #used = 0
  /** Since `reuse`, in all pieces. */
  #taken = 0
  #times: Float64Array = NONE

  take(count: number): Float64Array {
    const at = this.reserve(count)
    return this.#piece.subarray(at, at + count)
  }

  /** Where in `piece` the next `count` values have room. */
  reserve(count: number): number {
    if (this.#used + count > this.#piece.length) {
      const next = Math.min(MOST_VALUES, Math.max(FIRST_VALUES, 2 * this.#piece.length))
      this.#piece = new Float64Array(Math.max(next, count))
      this.#used = 0
    }
    this.#used += count
    this.#taken += count
    return this.#used - count
  }

  /** The one that `reserve` spoke of last. */
  get piece(): Float64Array {
    return this.#piece
  }

  /** Nobody reads what was taken any more: the next gets the same memory. */
  reuse(): void {
    const isShort = this.#taken > this.#piece.length && this.#taken <= MOST_REUSED
    // And a quarter more: the next may need it.
    if (isShort) this.#piece = new Float64Array(Math.ceil(1.25 * this.#taken))
    this.#used = 0
    this.#taken = 0
    this.#times = NONE
  }

  /** A copy of a part of `times`; the times before, if they are the same: series of one rhythm share theirs. */
  takeTimes(times: Float64Array, from: number, to: number): Float64Array {
    const before = this.#times
    const count = to - from
    let row = before.length === count ? 0 : Infinity
    while (row < count && times[from + row] === before[row]) row++
    if (row !== count) this.#times = times.slice(from, to)
    return this.#times
  }

  /**
   * `times`, the last that was taken, or the ones before it if they are the same.
   */
  sharedTimes(times: Float64Array): Float64Array {
    const before = this.#times
    if (before.length === times.length) {
      let row = 0
      while (row < times.length && times[row] === before[row]) row++
      if (row === times.length) {
        this.#used -= times.length
        return before
      }
    }
    this.#times = times
    return times
  }
}
