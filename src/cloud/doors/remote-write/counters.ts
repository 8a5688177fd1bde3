import type { SampleRefusal } from './refusals.ts'

/** What the door has done since its start. */
export interface RemoteWriteCounters {
  /** Requests of which something or all was taken. */
  taken: number
  /** Requests that were not, by reason, a closed set. */
  refused: Record<string, number>
  /** Bodies of requests that were taken. */
  bytes: number
  samples: number
  refusedSamples: Partial<Record<SampleRefusal, number>>
  /** Came and were left out. */
  exemplars: number
}

export function newRemoteWriteCounters(): RemoteWriteCounters {
  return { taken: 0, refused: {}, bytes: 0, samples: 0, refusedSamples: {}, exemplars: 0 }
}
