/** Whether a worker that ended is started again: not when it ends too often. */
export class ExitLimit {
  readonly #max: number
  readonly #withinMs: number
  #firstAt = Number.NEGATIVE_INFINITY
  #exits = 0

  /** As node-agent counts: the `max`-th exit within `withinMs` of the first is one too many. */
  constructor(max: number, withinMs: number) {
    this.#max = max
    this.#withinMs = withinMs
  }

  allows(nowMs: number): boolean {
    if (nowMs - this.#firstAt >= this.#withinMs) {
      this.#firstAt = nowMs
      this.#exits = 0
    }
    this.#exits++
    return this.#exits < this.#max
  }
}
