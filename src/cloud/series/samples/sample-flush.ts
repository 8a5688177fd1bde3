/** Series of one value as blocks take them. */
import type { Labels } from '../../../model/labels.ts'
import type { UnixMs } from '../../../model/time.ts'
import type { FamilyInput, RecordInput } from '../block/record-input.ts'
import type { SampleRows } from './sample-timelines.ts'

/** What blocks do not have. What comes while it is written may be in it, and is in the next. */
export interface SampleFlush {
  readonly family: FamilyInput
  /** Of its rows; `Infinity` and `-Infinity` when there is none. */
  readonly startMs: UnixMs
  readonly endMs: UnixMs
  /** To be called when it is in a block, or when that came to nothing. */
  end(isStored: boolean): void
}

interface SampleReads {
  keyOf(id: number): string
  makeLabels(id: number): Labels
  read(id: number, startMs: UnixMs, endMs: UnixMs): SampleRows | undefined
}

/** Key and labels are made when they are asked for: there may be very many. */
export class FlushRecord implements RecordInput {
  readonly merges = ['first'] as const
  readonly #reads: SampleReads
  readonly #id: number
  readonly #fromMs: UnixMs
  #labels: Labels | undefined
  #key: string | undefined

  /** Of the series `id` the samples from `fromMs` on. */
  constructor(reads: SampleReads, id: number, fromMs: UnixMs) {
    this.#reads = reads
    this.#id = id
    this.#fromMs = fromMs
  }

  get labels(): Labels {
    this.#labels ??= this.#reads.makeLabels(this.#id)
    return this.#labels
  }

  get key(): string {
    this.#key ??= this.#reads.keyOf(this.#id)
    return this.#key
  }

  read(startMs: UnixMs, endMs: UnixMs): SampleRows | undefined {
    return this.#reads.read(this.#id, Math.max(startMs, this.#fromMs), endMs)
  }
}

/** The key of a series by its labels. Of blocks: never change it. */
export function keyOf(labels: Labels): string {
  const names = Object.keys(labels).sort()
  return JSON.stringify(names.flatMap((name) => [name, labels[name]]))
}
