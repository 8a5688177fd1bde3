/**
 * Reads one table bucket by bucket through `MonitorQuery`.
 *
 * 1. TARSFramework says which bucket is complete (`lastTime`), and thereby the zone it writes in; of
 *    K8SFramework a bucket is complete some seconds after its end.
 * 2. When one more is complete, it is read. Rows come late: of the two before it the sums are asked,
 *    and where these have changed, they are read again.
 * 3. At first, and after a gap, not everything is read: the past is no alarm.
 * 4. A bucket that has not changed since it was handed on is not handed on again.
 */
import { setImmediate } from 'node:timers/promises'
import type { UnixMs } from '../../model/time.ts'
import type { Clock } from '../../support/clock.ts'
import {
  BUCKET_MS,
  type BucketStamp,
  bucketEnds,
  endOf,
  type Framework,
  lastEnd,
  stampOf,
} from './bucket.ts'
import { Names } from './query-group.ts'
import {
  type Ask,
  type QueryAnswer,
  QueryError,
  queryOnce,
  requestOf,
  sumsOf,
} from './query-request.ts'
import type { QueryTable } from './query-table.ts'
import { fits, offsetAt, offsetOf, ownTimeZone } from './query-zone.ts'

/** Buckets that are read again when a newer one is complete, and read at first. */
const AGAIN = 2
/** How far back a gap is filled. */
const MAX_GAP_MS = 30 * 60_000
/** K8SFramework looks each 7 s whether a minute is over; Elasticsearch shows what it has after 1 s. */
const SETTLED_MS = 20_000
/** After an answer without `lastTime`: it names none that is older than 10 minutes, so nothing is new. */
const NOTHING_NEW_MS = 60_000
const MAX_ROWS = 200_000
/** Rows parsed before others get their turn. */
const ROWS_AT_ONCE = 1_000

export interface ReaderOptions {
  readonly ask: Ask
  readonly framework: () => Framework
  /** Of the framework; undefined: found out, on K8SFramework that of this process. */
  readonly timeZone: string | undefined
  readonly clock: Clock
  /** Of one bucket; 200,000 by default. */
  readonly maxRows?: number
}

export interface ReaderCounts {
  /** Questions asked. */
  queries: number
  /** Could not be read. */
  badRows: number
  /** Beyond the bound of one bucket. */
  droppedRows: number
}

/** A bucket that was read, and differs from what was read of it before. */
export interface ReadBucket<Row> {
  readonly endMs: UnixMs
  readonly lengthMs: number
  readonly rows: readonly Row[]
}

type Groups = QueryAnswer['groups']

export class QueryReader<Row> {
  readonly counts: ReaderCounts = { queries: 0, badRows: 0, droppedRows: 0 }
  /** End of the newest bucket that was read and taken; 0 none. */
  reachedMs: UnixMs = 0
  readonly #table: QueryTable<Row>
  readonly #options: ReaderOptions
  #framework: Framework | undefined
  /** Of TARSFramework, as found out. */
  #offsetMs = 0
  /** End of the newest bucket that is complete; 0 none known. */
  #completeMs: UnixMs = 0
  /** Up to where nothing is to be read any more, but for late rows; 0 no bucket yet. */
  #doneMs: UnixMs = 0
  #quietUntilMs: UnixMs = 0
  #isClosed = false
  /** Sums of what was handed on, by the end of the bucket. */
  readonly #handedOn = new Map<UnixMs, string>()

  constructor(table: QueryTable<Row>, options: ReaderOptions) {
    this.#table = table
    this.#options = options
  }

  /** Under a new lease the newest buckets are handed on once more, changed or not. */
  handOnAgain(): void {
    this.#handedOn.clear()
    if (this.#doneMs > 0) this.#doneMs -= AGAIN * this.lengthMs
  }

  get lengthMs(): number {
    return BUCKET_MS[this.#options.framework()]
  }

  /** Reads what is due, oldest first. @throws {QueryError}, and what `ask` and `take` throw. */
  async round(take: (bucket: ReadBucket<Row>) => Promise<void>): Promise<void> {
    const framework = this.#options.framework()
    if (framework !== this.#framework) this.#begin(framework)
    if (framework === 'TARSFramework') await this.#askWhatIsComplete()
    else this.#completeMs = lastEnd(this.#options.clock.now() - SETTLED_MS, this.lengthMs)
    for (const endMs of this.#due()) {
      if (this.#isClosed) return
      await this.#read(framework, endMs, take)
    }
  }

  /** A round under way ends with the bucket it is at. */
  close(): void {
    this.#isClosed = true
  }

  #begin(framework: Framework): void {
    this.#framework = framework
    this.#completeMs = 0
    this.#doneMs = 0
    this.#handedOn.clear()
  }

  async #askWhatIsComplete(): Promise<void> {
    const now = this.#options.clock.now()
    if (now < this.#quietUntilMs) return
    const near = this.#completeMs || lastEnd(now, this.lengthMs)
    const { lastTime } = await this.#ask(sumsOf(this.#table, 'TARSFramework', this.#stampOf(near)))
    if (!lastTime) {
      this.#quietUntilMs = now + NOTHING_NEW_MS
      return
    }
    const { timeZone } = this.#options
    const offsetMs = timeZone === undefined ? offsetOf(lastTime, now) : offsetAt(timeZone, now)
    const endMs = offsetMs === undefined ? undefined : endOf(lastTime, offsetMs)
    if (offsetMs === undefined || endMs === undefined || !fits(endMs, now)) {
      const text = `${lastTime.date} ${lastTime.tflag}`
      const zone = timeZone ?? 'no zone'
      throw new QueryError('refused', `its newest bucket ends at ${text}: ${zone} is like that now`)
    }
    this.#tellComplete(lastEnd(endMs, this.lengthMs), offsetMs)
  }

  #tellComplete(endMs: UnixMs, offsetMs: number): void {
    // The framework's clock was changed: at least the newest is news.
    if (offsetMs !== this.#offsetMs && this.#doneMs >= endMs) this.#doneMs = endMs - this.lengthMs
    this.#offsetMs = offsetMs
    this.#completeMs = endMs
    this.#quietUntilMs = endMs + this.lengthMs
  }

  #due(): UnixMs[] {
    const { lengthMs } = this
    if (this.#completeMs <= this.#doneMs) return []
    const beganMs = this.#doneMs || this.#completeMs
    const fromMs = Math.max(beganMs - AGAIN * lengthMs, this.#completeMs - MAX_GAP_MS)
    for (const endMs of this.#handedOn.keys()) if (endMs <= fromMs) this.#handedOn.delete(endMs)
    return bucketEnds(fromMs, this.#completeMs, lengthMs)
  }

  async #read(
    framework: Framework,
    endMs: UnixMs,
    take: (bucket: ReadBucket<Row>) => Promise<void>,
  ): Promise<void> {
    const stamp = this.#stampOf(endMs)
    // Asked first: what comes between the two questions is seen the next time.
    const { groups: sums } = await this.#ask(sumsOf(this.#table, framework, stamp))
    const before = this.#handedOn.get(endMs)
    const now = JSON.stringify(sums)
    // No table loses rows: it is another table, as the framework's clock was changed.
    const isLost = sums.length === 0 && before !== undefined
    if (now !== before && !isLost) {
      const { groups } = await this.#ask(requestOf(this.#table, framework, stamp))
      await take({ endMs, lengthMs: this.lengthMs, rows: await this.#rowsOf(groups) })
      this.#handedOn.set(endMs, now)
    }
    this.#doneMs = Math.max(this.#doneMs, endMs)
    this.reachedMs = Math.max(this.reachedMs, endMs)
  }

  #ask(req: Parameters<Ask>[0]): Promise<QueryAnswer> {
    this.counts.queries++
    return queryOnce(this.#options.ask, req)
  }

  #stampOf(endMs: UnixMs): BucketStamp {
    const { timeZone } = this.#options
    const isFound = timeZone === undefined && this.#framework === 'TARSFramework'
    return stampOf(endMs, isFound ? this.#offsetMs : offsetAt(timeZone ?? ownTimeZone(), endMs))
  }

  async #rowsOf(groups: Groups): Promise<Row[]> {
    const { maxRows = MAX_ROWS } = this.#options
    this.counts.droppedRows += Math.max(0, groups.length - maxRows)
    const rows: Row[] = []
    const names = new Names()
    const taken = groups.slice(0, maxRows)
    for (let from = 0; from < taken.length; from += ROWS_AT_ONCE) {
      for (const [group, sums] of taken.slice(from, from + ROWS_AT_ONCE)) {
        const parsed = this.#table.parse(group, sums, names, this.lengthMs)
        if (parsed) rows.push(...parsed)
        else this.counts.badRows++
      }
      await setImmediate()
    }
    return this.#table.merge(rows)
  }
}
