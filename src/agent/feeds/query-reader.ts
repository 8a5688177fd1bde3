/**
 * Reads one table bucket by bucket through `MonitorQuery`.
 *
 * 1. When one more bucket is complete, it is read. Rows come late: of the two before it the sums are
 *    asked, and where these have changed, they are read and handed on again.
 * 2. At first, and after a gap, not everything is read: the past is no alarm.
 */
import { setImmediate } from 'node:timers/promises'
import type { UnixMs } from '../../model/time.ts'
import type { Clock } from '../../support/clock.ts'
import { BUCKET_MS, bucketEnds, type Framework } from './bucket.ts'
import { Names } from './query-group.ts'
import { QueryProgress } from './query-progress.ts'
import { type Ask, type QueryAnswer, queryOnce, requestOf, sumsOf } from './query-request.ts'
import type { QueryTable } from './query-table.ts'

/** Buckets that are looked at again when a newer one is complete, and read at first. */
const AGAIN = 2
/** How far back a gap is filled. */
const MAX_GAP_MS = 30 * 60_000
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
  #framework: Framework
  #progress: QueryProgress
  /** Up to where nothing is to be read any more, but for late rows; 0 no bucket yet. */
  #doneMs: UnixMs = 0
  #isClosed = false
  /** Sums of what was handed on, by the end of the bucket. */
  readonly #handedOn = new Map<UnixMs, string>()

  constructor(table: QueryTable<Row>, options: ReaderOptions) {
    this.#table = table
    this.#options = options
    this.#framework = options.framework()
    this.#progress = this.#progressOf(this.#framework)
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
    if (framework !== this.#framework) this.#beginAnew(framework)
    await this.#progress.look()
    for (const endMs of this.#due()) {
      if (this.#isClosed) return
      await this.#read(endMs, take)
    }
  }

  /** A round under way ends with the bucket it is at. */
  close(): void {
    this.#isClosed = true
  }

  #beginAnew(framework: Framework): void {
    this.#framework = framework
    this.#progress = this.#progressOf(framework)
    this.#forget()
  }

  #forget(): void {
    this.#doneMs = 0
    this.reachedMs = 0
    this.#handedOn.clear()
  }

  #progressOf(framework: Framework): QueryProgress {
    const { timeZone, clock } = this.#options
    return new QueryProgress(framework, {
      timeZone,
      clock,
      lastTime: async (near) => (await this.#ask(sumsOf(this.#table, framework, near))).lastTime,
    })
  }

  #due(): UnixMs[] {
    const { completeMs, lengthMs } = this.#progress
    // Our clock was set back: what was read by it is no measure.
    if (completeMs < this.#doneMs - AGAIN * lengthMs) this.#forget()
    if (completeMs <= this.#doneMs) return []
    const beganMs = this.#doneMs || completeMs
    const fromMs = Math.max(beganMs - AGAIN * lengthMs, completeMs - MAX_GAP_MS)
    for (const endMs of this.#handedOn.keys()) if (endMs <= fromMs) this.#handedOn.delete(endMs)
    return bucketEnds(fromMs, completeMs, lengthMs)
  }

  async #read(endMs: UnixMs, take: (bucket: ReadBucket<Row>) => Promise<void>): Promise<void> {
    const framework = this.#framework
    const stamp = this.#progress.stampOf(endMs)
    // Asked first: what comes between the two questions is seen the next time.
    const { groups: sums } = await this.#ask(sumsOf(this.#table, framework, stamp))
    const before = this.#handedOn.get(endMs)
    const now = textOf(sums)
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

/** Sums of fractions depend in their last digits on the order of rows. */
function textOf(sums: Groups): string {
  return sums
    .map(([group, all]) => [group, ...all.map((sum) => sum.toPrecision(12))].join())
    .join(';')
}
