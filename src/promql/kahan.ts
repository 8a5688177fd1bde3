/** What is lost where `sum + value` comes to `total`. */
export function lostIn(sum: number, value: number, total: number): number {
  return Math.abs(sum) >= Math.abs(value) ? sum - total + value : value - total + sum
}

/** A running sum with Neumaier's compensation, as promql's `kahansum.Inc`. */
export class KahanSum {
  sum: number
  compensation = 0

  constructor(first = 0) {
    this.sum = first
  }

  add(value: number): void {
    const total = this.sum + value
    if (total === Number.POSITIVE_INFINITY || total === Number.NEGATIVE_INFINITY) {
      this.compensation = 0
    } else {
      this.compensation += lostIn(this.sum, value, total)
    }
    this.sum = total
  }

  get total(): number {
    return this.sum + this.compensation
  }
}

/** A running mean: the compensated sum while that does not overflow, then incremental. */
export class KahanMean {
  readonly #sum: KahanSum
  #count = 1
  #incremental = false

  constructor(first: number) {
    this.#sum = new KahanSum(first)
  }

  /** Goes on where a mean was left that had these. */
  resume(sum: number, compensation: number, signedCount: number): void {
    this.#sum.sum = sum
    this.#sum.compensation = compensation
    this.#count = Math.abs(signedCount)
    this.#incremental = signedCount < 0
  }

  add(value: number): void {
    const before = this.#count++
    if (!this.#incremental) {
      const { sum, compensation } = this.#sum
      this.#sum.add(value)
      if (Math.abs(this.#sum.sum) !== Number.POSITIVE_INFINITY) return
      this.#incremental = true
      this.#sum.sum = sum / before
      this.#sum.compensation = compensation / before
    }
    const share = before / this.#count
    this.#sum.sum *= share
    this.#sum.compensation *= share
    this.#sum.add(value / this.#count)
  }

  get sum(): number {
    return this.#sum.sum
  }

  get compensation(): number {
    return this.#sum.compensation
  }

  /** How many values, negative once the mean is incremental. */
  get signedCount(): number {
    return this.#incremental ? -this.#count : this.#count
  }

  get mean(): number {
    const { sum, compensation, total } = this.#sum
    return this.#incremental ? total : sum / this.#count + compensation / this.#count
  }
}
