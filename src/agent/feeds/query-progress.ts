/**
 * How far the framework has got, by its own account: TARSFramework says which bucket is complete
 * (`lastTime`), and thereby the zone it writes in; of K8SFramework a bucket is complete some seconds
 * after its end.
 */
import type { UnixMs } from '../../model/time.ts'
import { isOver } from '../../support/backoff.ts'
import type { Clock } from '../../support/clock.ts'
import { BUCKET_MS, type BucketStamp, endOf, type Framework, lastEnd, stampOf } from './bucket.ts'
import { QueryError } from './query-request.ts'
import { fits, offsetAt, offsetOf, ownTimeZone } from './query-zone.ts'

/** K8SFramework looks each 7 s whether a minute is over; Elasticsearch shows what it has after 1 s. */
const SETTLED_MS = 20_000
/** After an answer without `lastTime`: it names none that is older than 10 minutes, so nothing is new. */
const NOTHING_NEW_MS = 60_000

export interface ProgressOptions {
  /** Asks about the bucket that ends at `near` (any will do); the answer's `lastTime`. */
  readonly lastTime: (near: BucketStamp) => Promise<BucketStamp | undefined>
  readonly timeZone: string | undefined
  readonly clock: Clock
}

export class QueryProgress {
  /** End of the newest bucket that is complete; 0 none known. */
  completeMs: UnixMs = 0
  readonly #options: ProgressOptions
  readonly #framework: Framework
  /** Undefined: found out with `lastTime`. */
  readonly #timeZone: string | undefined
  /** Of TARSFramework, as found out. */
  #offsetMs = 0
  #quietUntilMs: UnixMs = 0

  constructor(framework: Framework, options: ProgressOptions) {
    this.#framework = framework
    this.#options = options
    this.#timeZone = options.timeZone ?? (framework === 'K8SFramework' ? ownTimeZone() : undefined)
  }

  get lengthMs(): number {
    return BUCKET_MS[this.#framework]
  }

  stampOf(endMs: UnixMs): BucketStamp {
    const zone = this.#timeZone
    return stampOf(endMs, zone === undefined ? this.#offsetMs : offsetAt(zone, endMs))
  }

  /** Brings `completeMs` up to date. @throws {QueryError}, and what `lastTime` throws. */
  async look(): Promise<void> {
    const now = this.#options.clock.now()
    if (this.#framework === 'K8SFramework') {
      this.completeMs = lastEnd(now - SETTLED_MS, this.lengthMs)
    } else if (isOver(this.#quietUntilMs, now, this.lengthMs)) {
      const near = this.completeMs || lastEnd(now, this.lengthMs)
      this.#hear(await this.#options.lastTime(this.stampOf(near)), now)
    }
  }

  #hear(lastTime: BucketStamp | undefined, now: UnixMs): void {
    if (!lastTime) {
      this.#quietUntilMs = now + NOTHING_NEW_MS
      return
    }
    const zone = this.#timeZone
    const offsetMs = zone === undefined ? offsetOf(lastTime, now) : offsetAt(zone, now)
    const endMs = offsetMs === undefined ? undefined : endOf(lastTime, offsetMs)
    if (offsetMs === undefined || endMs === undefined || !fits(endMs, now)) {
      const text = `${lastTime.date} ${lastTime.tflag}`
      const where = zone ?? 'any time zone'
      throw new QueryError('wrong-time', `its newest bucket ends at ${text}: not now in ${where}`)
    }
    this.#offsetMs = offsetMs
    this.completeMs = lastEnd(endMs, this.lengthMs)
    // Our clock may be slow.
    this.#quietUntilMs = Math.min(this.completeMs, now) + this.lengthMs
  }
}
