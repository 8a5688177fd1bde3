/** From a request to the samples that are handed to the store. */
import { setImmediate as othersFirst } from 'node:timers/promises'
import { type Bounds, inTime } from './in-time.ts'
import { labelSet } from './label-set.ts'
import type { SeriesSamples } from './ports.ts'
import { Refusals, seriesName } from './refusals.ts'
import { type ReadSeries, type RequestLimits, type Version, WriteRequest } from './write-request.ts'

export interface RequestSamples {
  readonly samples: readonly SeriesSamples[]
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
  return taken
}

class Taken implements RequestSamples {
  readonly samples: SeriesSamples[] = []
  readonly refusals = new Refusals()
  repeated = 0
  exemplars = 0
  readonly #bounds: Bounds

  constructor(bounds: Bounds) {
    this.#bounds = bounds
  }

  add(series: ReadSeries): void {
    const { texts, fault, times, histograms, exemplars } = series
    this.exemplars += exemplars
    this.refusals.add('native-histogram', histograms, () =>
      named(texts, 'native histograms are not kept: send classic ones'),
    )
    const labels = fault === '' ? labelSet(texts) : fault
    if (typeof labels === 'string') {
      this.refusals.add('invalid-labels', times.length, () => named(texts, labels))
    } else this.#addInTime(labels, series)
  }

  #addInTime(labels: SeriesSamples['labels'], series: ReadSeries): void {
    let refused = 0
    const kept = inTime(series, this.#bounds, (reason, time) => {
      refused++
      this.refusals.add(reason, 1, () => named(series.texts, `${REFUSED[reason]} ${instant(time)}`))
    })
    this.repeated += series.times.length - kept.times.length - refused
    if (kept.times.length > 0) this.samples.push({ labels, times: kept.times, values: kept.values })
  }
}

const REFUSED = {
  'too-old': 'more than 25 h older than the newest sample here:',
  'too-new': 'more than 10 min in the future:',
  duplicate: 'two values for',
} as const

function named(texts: readonly string[], what: string): string {
  return `series ${seriesName(texts)}: ${what}`
}

/** Unix ms, for people. */
function instant(ms: number): string {
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : `${ms} ms`
}
