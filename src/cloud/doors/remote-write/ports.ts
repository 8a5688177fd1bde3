/** What the remote write door needs of others. */
import type { SampleBatch } from '../../../model/sample-batch.ts'
import type { UnixMs } from '../../../model/time.ts'

/** How often an environment may come. */
export interface Admission {
  /** Returns how to say that the request is done with; undefined when it comes too soon. */
  enter(environment: string): (() => void) | undefined
}

/** Why a sample is never taken, also later. `duplicate`: another value is stored for this time. */
export type SinkRefusal = 'too-old' | 'too-new' | 'duplicate' | 'series-limit'

export interface Refused<Reason extends string> {
  readonly reason: Reason
  /** Samples. */
  readonly count: number
  /** The first of them, for people: which, and what would be taken. One line. */
  readonly first: string
}

export interface SampleSink {
  /**
   * Resolves when all but the refused is durable; the same again, as after a lost answer, changes nothing
   * and counts as written. Rejects with a `Failure` when none is stored and the sender is to come again.
   */
  append(
    environment: string,
    samples: SampleBatch,
    receivedAt: UnixMs,
  ): Promise<{ readonly written: number; readonly refused: readonly Refused<SinkRefusal>[] }>
  /** Time of the newest sample; undefined when there is none. */
  newest(environment: string): UnixMs | undefined | Promise<UnixMs | undefined>
}
