import type { Labels } from '../model/labels.ts'
import { METADATA, type Metric, metricOf, namesOf } from './metric.ts'

/** By which labels things belong together: by some, or by all but some and the name. */
export interface Together {
  readonly names: readonly string[]
  readonly without: boolean
}

const NONE: ReadonlySet<string> = new Set()

/** Numbers label sets from 0 on: those that belong together have the same. */
export class LabelNumbers {
  #count = 0
  readonly #without: boolean
  /** Never empty: of a label that nothing has, all have the same value. */
  readonly #names: readonly string[]
  readonly #isMetadata: readonly boolean[]
  readonly #excluded: ReadonlySet<string>
  readonly #byKey = new Map<string, number>()
  /** A tree with a level for each name: the values there are, and where each leads. */
  readonly #branches: Map<string, number>[] = [new Map()]
  // The way taken last, level by level.
  readonly #lastFrom: number[] = []
  readonly #lastValues: string[] = []
  readonly #lastTo: number[] = []

  constructor({ names, without }: Together) {
    this.#without = without
    this.#names = namesOf(names.length > 0 ? names : [''])
    this.#isMetadata = this.#names.map((name) => METADATA.has(name))
    this.#excluded = without ? new Set([...names, '__name__']) : NONE
  }

  /** How many there are. */
  get count(): number {
    return this.#count
  }

  of(metric: Metric): number {
    if (this.#without) return this.#ofKey(metric.keyWithout(this.#excluded))
    let from = 0
    for (let level = 0; level < this.#names.length; level++) {
      from = this.#follow(from, level, metric.get(this.#names[level] as string))
    }
    return from
  }

  /** As `of` their metric, without making one where that can be. `nameless`: their name is gone. */
  ofLabels(labels: Labels, nameless: boolean): number {
    if (this.#without) {
      const metric = metricOf(labels)
      return this.of(nameless ? metric.nameless() : metric)
    }
    let from = 0
    for (let level = 0; level < this.#names.length; level++) {
      const isGone = nameless && this.#isMetadata[level] === true
      const value = isGone ? '' : (labels[this.#names[level] as string] ?? '')
      from = this.#follow(from, level, value)
    }
    return from
  }

  /** The labels that all of the metric's number share. */
  sharedOf(metric: Metric): Metric {
    return this.#without ? metric.without(this.#excluded) : metric.keep(this.#names)
  }

  #ofKey(key: string): number {
    let number = this.#byKey.get(key)
    if (number === undefined) {
      number = this.#count++
      this.#byKey.set(key, number)
    }
    return number
  }

  /** Where a value leads from a branch: to another one, at last to the number. */
  #follow(branch: number, level: number, value: string): number {
    // Series of one record come one after the other, with the same values but one.
    if (this.#lastFrom[level] === branch && this.#lastValues[level] === value) {
      return this.#lastTo[level] as number
    }
    const ways = this.#branches[branch] as Map<string, number>
    let to = ways.get(value)
    if (to === undefined) {
      const isLast = level === this.#names.length - 1
      to = isLast ? this.#count++ : this.#branches.push(new Map()) - 1
      ways.set(value, to)
    }
    this.#lastFrom[level] = branch
    this.#lastValues[level] = value
    this.#lastTo[level] = to
    return to
  }
}
