/** The samples of one series while they are read; used again for the next. */
export class SampleBuffer {
  #times = new Float64Array(64)
  #values = new Float64Array(64)
  /** The same memory. */
  #bits = new BigUint64Array(this.#values.buffer)
  #length = 0

  add(time: number, valueBits: bigint): void {
    if (this.#length === this.#times.length) this.#grow()
    this.#times[this.#length] = time
    this.#bits[this.#length++] = valueBits
  }

  /** What was added since the last time. */
  take(): { times: Float64Array; values: Float64Array } {
    const times = this.#times.slice(0, this.#length)
    const values = this.#values.slice(0, this.#length)
    this.#length = 0
    return { times, values }
  }

  #grow(): void {
    const times = new Float64Array(2 * this.#length)
    const values = new Float64Array(2 * this.#length)
    times.set(this.#times)
    values.set(this.#values)
    this.#times = times
    this.#values = values
    this.#bits = new BigUint64Array(values.buffer)
  }
}
