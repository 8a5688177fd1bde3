/** The labels that single-value series have, by number, and which series have which. */
import type { LabelMatcher } from '../block/label-matcher.ts'

interface Pair {
  readonly name: string
  readonly value: string
  /** Both as JSON, once it was asked for. */
  json: string
  /** Numbers of the series that have it, also of removed ones. */
  series: number[]
}

/** A matcher as a test of the pairs of a series. */
export interface PairTest {
  /** Whether one of the pairs must be there, or none of them may. */
  readonly wants: boolean
  readonly pairs: readonly number[]
  /** By number of the pair: 1 for one of `pairs`. */
  readonly isOne: Uint8Array
  /** How many series have one of them. */
  readonly series: number
}

export class SamplePairs {
  /** Name → value → number. */
  readonly #names = new Map<string, Map<string, number>>()
  /** Number 0 is none. */
  readonly #pairs: (Pair | undefined)[] = [undefined]
  readonly #free: number[] = []

  /** 0 when it is not known. */
  find(name: string, value: string): number {
    return this.#names.get(name)?.get(value) ?? 0
  }

  /** It is made when it is not known. */
  make(name: string, value: string): number {
    const known = this.find(name, value)
    if (known > 0) return known
    const number = this.#free.pop() ?? this.#pairs.length
    this.#pairs[number] = { name, value, json: '', series: [] }
    const values = this.#names.get(name) ?? new Map<string, number>()
    this.#names.set(name, values.set(value, number))
    return number
  }

  get(number: number): Pair {
    return this.#pairs[number] as Pair
  }

  jsonOf(number: number): string {
    const pair = this.get(number)
    if (pair.json === '') pair.json = `${JSON.stringify(pair.name)},${JSON.stringify(pair.value)}`
    return pair.json
  }

  names(): Iterable<string> {
    return this.#names.keys()
  }

  values(name: string): Iterable<string> {
    return this.#names.get(name)?.keys() ?? []
  }

  /** A series passes when it has one of the pairs that match, or, where '' matches too, none of the others. */
  test({ name, only, matches, prefixes }: LabelMatcher): PairTest {
    const values = this.#names.get(name) ?? new Map<string, number>()
    const wants = !matches('')
    const pairs: number[] = []
    if (!wants || only === undefined) {
      const begins = (value: string) => prefixes?.some((each) => value.startsWith(each)) ?? true
      for (const [value, pair] of values) {
        if ((begins(value) && matches(value)) === wants) pairs.push(pair)
      }
    } else if (values.has(only)) pairs.push(this.find(name, only))
    const isOne = new Uint8Array(this.#pairs.length)
    let series = 0
    for (const pair of pairs) {
      isOne[pair] = 1
      series += this.get(pair).series.length
    }
    return { wants, pairs, isOne, series }
  }

  /** Forgets series that are not there any more, and pairs that none has. */
  sweep(isThere: (series: number) => boolean): void {
    for (const [number, pair] of this.#pairs.entries()) {
      if (!pair) continue
      pair.series = pair.series.filter(isThere)
      if (pair.series.length > 0) continue
      const values = this.#names.get(pair.name)
      values?.delete(pair.value)
      if (values?.size === 0) this.#names.delete(pair.name)
      this.#pairs[number] = undefined
      this.#free.push(number)
    }
  }
}
