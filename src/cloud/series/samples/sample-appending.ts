/** What becomes of a batch of samples, and how its sender is told. */
import { type SampleBatch, wordsOf } from '../../../model/sample-batch.ts'

/** `duplicate`: another value is stored for this time, and stays; never of a batch that replaces. */
export type RefusedSample = 'too-old' | 'duplicate' | 'series-limit'

export interface AppendedSamples {
  /** Samples that are stored, those that were before among them. */
  readonly written: number
  readonly refused: readonly {
    readonly reason: RefusedSample
    /** Samples. */
    readonly count: number
    /** The first of them, for people. One line. */
    readonly first: string
  }[]
}

const LONGEST_NAME = 200

const REFUSED: Readonly<Record<RefusedSample, string>> = {
  'too-old': 'older than what is taken here',
  duplicate: 'another value is stored for this time',
  'series-limit': 'this environment has as many series as it may have',
}

export class Appending implements AppendedSamples {
  readonly batch: SampleBatch
  /** Of the values. */
  readonly words: Uint32Array
  written = 0
  readonly #refused = new Map<RefusedSample, { count: number; readonly first: string }>()

  constructor(batch: SampleBatch) {
    this.batch = batch
    this.words = wordsOf(batch.values)
  }

  get refused() {
    return Array.from(this.#refused, ([reason, { count, first }]) => ({ reason, count, first }))
  }

  get result(): AppendedSamples {
    return { written: this.written, refused: this.refused }
  }

  /** Samples of the series `series` of the batch, the first of them at `row`. */
  refuse(reason: RefusedSample, series: number, row: number, count = 1): void {
    const known = this.#refused.get(reason)
    if (known) known.count += count
    else this.#refused.set(reason, { count, first: this.#said(reason, series, row) })
  }

  #said(reason: RefusedSample, series: number, row: number): string {
    const { texts, labels, labelEnds, times } = this.batch
    const own = labels.subarray(labelEnds[series - 1] ?? 0, labelEnds[series])
    const pairs = Array.from(
      own,
      (label) => `${texts[2 * label]}=${JSON.stringify(texts[2 * label + 1])}`,
    )
    const name = `{${pairs.join(', ')}}`.replaceAll('\n', ' ')
    const shown = name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}…` : name
    return `series ${shown}: ${REFUSED[reason]}: ${instant(times[row] as number)}`
  }
}

/** Unix ms, for people. */
function instant(ms: number): string {
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : `${ms} ms`
}
