/** From a request to the samples that are handed to the store. */
import { setImmediate as othersFirst } from 'node:timers/promises'
import { type SampleBatch, SampleBatchBuilder } from '../../../model/sample-batch.ts'
import { areInTime, type Bounds, inTime } from './in-time.ts'
import type { Label } from './label.ts'
import { areFine, labelSet } from './label-set.ts'
import { Refusals, seriesName } from './refusals.ts'
import type { ReadSeries, RequestLimits, Version } from './series-reader.ts'
import { WriteRequest } from './write-request.ts'

export interface RequestSamples {
  readonly batch: SampleBatch
  readonly refusals: Refusals
  /** Samples that came twice in the request. */
  readonly repeated: number
  readonly exemplars: number
}

/** Rejects with `RemoteWriteFailure` when it is no such request. */
export async function requestSamples(
  bytes: Buffer,
  version: Version,
  limits: RequestLimits,
  bounds: Bounds,
): Promise<RequestSamples> {
  const request = new WriteRequest(bytes, version, limits)
  const taken = new Taken(bounds)
  for (const series of request.series()) {
    if (series) taken.add(series)
    else await othersFirst()
  }
  return taken.finish()
}

class Taken {
  readonly #builder = new SampleBatchBuilder()
  readonly #refusals = new Refusals()
  #repeated = 0
  #exemplars = 0
  readonly #bounds: Bounds
  /** Numbers of the labels of one series. */
  readonly #numbers: number[] = []

  constructor(bounds: Bounds) {
    this.#bounds = bounds
  }

  finish(): RequestSamples {
    const batch = this.#builder.finish()
    return {
      batch,
      refusals: this.#refusals,
      repeated: this.#repeated,
      exemplars: this.#exemplars,
    }
  }

  add(series: ReadSeries): void {
    const { labels, fault, samples, histograms, exemplars } = series
    this.#exemplars += exemplars
    if (histograms > 0) {
      this.#refusals.add('native-histogram', histograms, () =>
        named(labels, 'native histograms are not kept: send classic ones'),
      )
    }
    const set = fault !== '' ? fault : areFine(labels) ? labels : labelSet(labels)
    if (typeof set === 'string') {
      this.#refusals.add('invalid-labels', samples.length, () => named(labels, set))
    } else if (areInTime(samples, this.#bounds)) {
      for (let row = 0; row < samples.length; row++) this.#take(samples, row)
      this.#addSeries(set, samples.length)
    } else this.#addSome(set, series)
  }

  #addSome(set: readonly Label[], { labels, samples }: ReadSeries): void {
    let refused = 0
    const rows = inTime(samples, this.#bounds, (reason, time) => {
      refused++
      this.#refusals.add(reason, 1, () => named(labels, `${REFUSED[reason]} ${instant(time)}`))
    })
    for (const row of rows) this.#take(samples, row)
    this.#repeated += samples.length - rows.length - refused
    this.#addSeries(set, rows.length)
  }

  #take({ times, words }: ReadSeries['samples'], row: number): void {
    const [low, high] = [words[2 * row] as number, words[2 * row + 1] as number]
    this.#builder.sample(times[row] as number, low, high)
  }

  #addSeries(labels: readonly Label[], rows: number): void {
    if (rows === 0) return
    const numbers = this.#numbers
    numbers.length = 0
    for (const label of labels) {
      if (label.number < 0) label.number = this.#builder.label(label.name, label.value)
      numbers.push(label.number)
    }
    this.#builder.add(numbers)
  }
}

const REFUSED = {
  'too-old': 'more than 25 h older than the newest sample here:',
  'too-new': 'more than 10 min in the future:',
  duplicate: 'two values for',
} as const

function named(labels: readonly Label[], what: string): string {
  return `series ${seriesName(labels)}: ${what}`
}

/** Unix ms, for people. */
function instant(ms: number): string {
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : `${ms} ms`
}
