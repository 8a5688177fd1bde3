import { KeptPairs } from './kept.ts'
import type { Metric } from './metric.ts'

/** The labels that rows of the many side have when they are matched. */
export class MatchLabels {
  /** By row: the row of the one side that the labels are made with. */
  readonly #partners: Int32Array
  readonly #metrics: Metric[] = []

  constructor(rows: number) {
    this.#partners = new Int32Array(rows).fill(-1)
  }

  of(row: number, oneRow: number, make: () => Metric): Metric {
    if (this.#partners[row] !== oneRow) {
      this.#metrics[row] = make()
      this.#partners[row] = oneRow
    }
    return this.#metrics[row] as Metric
  }
}

interface Sides {
  readonly many: readonly Metric[]
  readonly one: readonly Metric[]
  /** Names go at the end of the evaluation: these labels are not kept. */
  readonly delayed: boolean
}

const kept = new KeptPairs<MatchLabels>()

/** `part`: of the expression. Those of the same lists are the same. */
export function matchLabels(part: WeakKey, { many, one, delayed }: Sides): MatchLabels {
  const known = delayed ? undefined : kept.get(part, many, one)
  if (known) return known
  const made = new MatchLabels(many.length)
  if (!delayed) kept.set(part, many, one, made)
  return made
}
