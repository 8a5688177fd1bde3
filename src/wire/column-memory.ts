/** Memory for the columns of one batch after another: new memory for each would keep the collector busy. */

/** Of a batch of some 40,000 rows; for more it is not kept. */
const MAX_KEPT_BYTES = 10 * 1024 * 1024

export class ColumnMemory {
  #numbers = new Float64Array(0)
  #used = 0

  /** A column; what it holds is left over. */
  take(rows: number): Float64Array {
    const from = this.#used
    this.#used += rows
    if (this.#used > this.#numbers.length) return new Float64Array(rows)
    return this.#numbers.subarray(from, this.#used)
  }

  /** From here on it is taken anew: nobody may read what was decoded before. */
  clear(): void {
    const bytes = this.#used * Float64Array.BYTES_PER_ELEMENT
    const fits = this.#used <= this.#numbers.length
    if (!fits && bytes <= MAX_KEPT_BYTES) this.#numbers = new Float64Array(this.#used)
    this.#used = 0
  }
}
