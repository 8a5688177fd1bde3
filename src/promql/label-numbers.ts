import type { Labels } from '../model/labels.ts'
import { METADATA, type Metric, metricOf } from './metric.ts'

/** By which labels things belong together: by some, or by all but some and the name. */
export interface Together {
  readonly names: readonly string[]
  readonly without: boolean
}

/** Numbers label sets from 0 on: those that belong together have the same. */
export class LabelNumbers {
  #count = 0
  readonly #without: boolean
  /** Never empty: of a label that nothing has, all have the same value. */
  readonly #names: readonly string[]
  readonly #excluded: ReadonlySet<string>
  readonly #byKey = new Map<string, number>()
  /** A tree with a level for each name: the values there are, and where each leads. */
  readonly #branches: Map<string, number>[] = [new Map()]

  constructor({ names, without }: Together) {
    this.#without = without
    this.#names = names.length > 0 ? [...new Set(names)].sort() : ['']
    this.#excluded = new Set([...names, '__name__'])
  }

  /** How many there are. */
  get count(): number {
    return this.#count
  }

  of(metric: Metric): number {
    if (this.#without) return this.#ofKey(metric.keyWithout(this.#excluded))
    let at = 0
    const last = this.#names.length - 1
    for (let i = 0; i <= last; i++)
      at = this.#follow(at, metric.get(this.#names[i] ?? ''), i === last)
    return at
  }

  /** As `of` their metric, without making one where that can be. `nameless`: their name is gone. */
  ofLabels(labels: Labels, nameless: boolean): number {
    if (this.#without) {
      const metric = metricOf(labels)
      return this.of(nameless ? metric.nameless() : metric)
    }
    let at = 0
    const last = this.#names.length - 1
    for (let i = 0; i <= last; i++) {
      const name = this.#names[i] ?? ''
      const value = nameless && METADATA.has(name) ? '' : (labels[name] ?? '')
      at = this.#follow(at, value, i === last)
    }
    return at
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

  #follow(branch: number, value: string, isLast: boolean): number {
    const ways = this.#branches[branch] as Map<string, number>
    let to = ways.get(value)
    if (to === undefined) {
      to = isLast ? this.#count++ : this.#branches.push(new Map()) - 1
      ways.set(value, to)
    }
    return to
  }
}
