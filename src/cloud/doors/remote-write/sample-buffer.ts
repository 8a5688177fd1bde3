/** The samples of one series while they are read; used again for the next. */
export class SampleBuffer {
  length = 0
  times = new Float64Array(64)
  /** The low and the high word of each value as they lie in memory: a variable may turn one NaN into another. */
  words = new Uint32Array(2 * 64)

  add(time: number, low: number, high: number): void {
    if (this.length === this.times.length) this.#grow()
    this.times[this.length] = time
    this.words[2 * this.length] = low
    this.words[2 * this.length + 1] = high
    this.length++
  }

  clear(): void {
    this.length = 0
  }

  #grow(): void {
    const { times, words } = this
    this.times = new Float64Array(2 * times.length)
    this.words = new Uint32Array(2 * words.length)
    this.times.set(times)
    this.words.set(words)
  }
}
