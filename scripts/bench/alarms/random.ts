/** Chance, the same for the same seed. */
import { randomOf } from '../peers/reports.ts'

const SMALL_MEAN = 30

export class Random {
  /** In [0, 1). */
  readonly next: () => number
  #spare: number | undefined

  constructor(seed: number) {
    this.next = randomOf(seed)
  }

  between(from: number, to: number): number {
    return from + (to - from) * this.next()
  }

  /** A whole number from 0 to `limit - 1`. */
  below(limit: number): number {
    return Math.floor(this.next() * limit)
  }

  chance(share: number): boolean {
    return this.next() < share
  }

  /** @throws {RangeError} there is nothing to pick from. */
  pick<T>(from: readonly T[]): T {
    const picked = from[this.below(from.length)]
    if (picked === undefined) throw new RangeError('nothing to pick from')
    return picked
  }

  shuffled<T>(from: readonly T[]): T[] {
    return from
      .map((each) => ({ each, at: this.next() }))
      .sort((a, b) => a.at - b.at)
      .map(({ each }) => each)
  }

  normal(): number {
    const spare = this.#spare
    if (spare !== undefined) {
      this.#spare = undefined
      return spare
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.next()))
    const angle = 2 * Math.PI * this.next()
    this.#spare = radius * Math.sin(angle)
    return radius * Math.cos(angle)
  }

  poisson(mean: number): number {
    if (mean <= 0) return 0
    if (mean > SMALL_MEAN) return Math.max(0, Math.round(mean + Math.sqrt(mean) * this.normal()))
    const limit = Math.exp(-mean)
    let count = 0
    for (let product = this.next(); product > limit; product *= this.next()) count++
    return count
  }

  /** Of `count` tries those that succeed. */
  binomial(count: number, share: number): number {
    if (share <= 0 || count === 0) return 0
    if (share >= 1) return count
    const mean = count * share
    if (mean < SMALL_MEAN) return Math.min(count, this.poisson(mean))
    return clamp(Math.round(mean + Math.sqrt(mean * (1 - share)) * this.normal()), 0, count)
  }
}

export function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value))
}

/** Share of a standard normal distribution below `x`. Source: Abramowitz and Stegun, 26.2.17. */
export function normalShare(x: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(x))
  const polynomial =
    t * (0.3193815 + t * (-0.3565638 + t * (1.781478 + t * (-1.821256 + t * 1.330274))))
  const above = 0.3989423 * Math.exp(-(x * x) / 2) * polynomial
  return x > 0 ? 1 - above : above
}
