/** The samples of one series while they are read; used again for the next. */
export class SampleBuffer {
  #times = new Float64Array(64)
  #values = new BigUint64Array(64)
  #length = 0

  add(time: number, valueBits: bigint): void {
    if (this.#length === this.#times.length) this.#grow()
    this.#times[this.#length] = time
    this.#values[this.#length++] = valueBits
  }

  /** What was added since the last time. */
  take(): { times: Float64Array; values: Float64Array } {
    const times = this.#times.slice(0, this.#length)
    const values = new Float64Array(this.#values.buffer).slice(0, this.#length)
    this.#length = 0
    return { times, values }
  }

  #grow(): void {
    const times = new Float64Array(2 * this.#length)
    const values = new BigUint64Array(2 * this.#length)
    times.set(this.#times)
    values.set(this.#values)
    this.#times = times
    this.#values = values
  }
}
