/**
 * Reads stored statistics or properties bucket by bucket, as soon as they are written, and the two
 * before again: some writers are late. What was read again and has not changed is not handed on again.
 */
import { setImmediate } from 'node:timers/promises'
import type { PolledSpan } from '../../model/polled.ts'
import type { UnixMs } from '../../model/time.ts'
import { bucketEnds } from './bucket.ts'
import type { Progress } from './stored-parts.ts'
import type { RowsKind, StoredRow } from './stored-rows.ts'

const READ_AGAIN = 2
/** How far behind it goes on, … */
const MAX_BACK = 36
/** … so much of it a round. */
const MAX_NEW = 3
/** Buckets whose sums are remembered. */
const REMEMBERED = 8
/** Rows that are turned at a stretch. */
const ROWS_AT_ONCE = 500

/** Where buckets are stored. */
export interface BucketSource {
  readonly lengthMs: number
  /** Up to where all is written; undefined: nothing yet. */
  written(): Promise<UnixMs | undefined>
  /** Undefined: whether there are any is not known. */
  bucket(endMs: UnixMs): Promise<StoredBucket | undefined>
}

export interface StoredBucket {
  readonly rows: readonly StoredRow[]
  /** There are more than are read. */
  readonly isCut: boolean
}

export interface BucketReaderOptions {
  readonly source: BucketSource
  readonly rows: RowsKind
  /** Resolves when it is durable. */
  readonly span: (span: PolledSpan) => Promise<void>
  /** Number of the next reading of this kind. */
  readonly nextRead: () => number
}

export class BucketReader implements Progress {
  records = 0
  /** End of the newest bucket handed on. */
  reachedMs: UnixMs = 0
  note = ''
  readonly #options: BucketReaderOptions
  /** End of the newest bucket looked at. */
  #doneMs: UnixMs | undefined
  /** What the newest buckets came to when they were handed on, and under which lease. */
  readonly #sums = new Map<UnixMs, string>()

  constructor(options: BucketReaderOptions) {
    this.#options = options
  }

  /** Hands on what is due. Returns whether there is more. Rejects: the next round goes on there. */
  async round(term: number): Promise<boolean> {
    const { source } = this.#options
    const { lengthMs } = source
    const untilMs = await source.written()
    if (untilMs === undefined) return false
    // Our clock was set back: what was read by it is no measure.
    if (untilMs < (this.#doneMs ?? 0) - READ_AGAIN * lengthMs) this.#doneMs = undefined
    if (untilMs <= (this.#doneMs ?? 0)) return false
    const doneMs = Math.min(this.#doneMs ?? untilMs, untilMs - lengthMs)
    const ends = bucketEnds(doneMs - READ_AGAIN * lengthMs, untilMs, lengthMs, MAX_BACK)
    const due = ends.slice(0, READ_AGAIN + MAX_NEW)
    for (const endMs of due) {
      await this.#read(endMs, term)
      this.#doneMs = Math.max(this.#doneMs ?? 0, endMs)
    }
    return due.length < ends.length
  }

  async #read(endMs: UnixMs, term: number): Promise<void> {
    const { source, rows: kind, span, nextRead } = this.#options
    const stored = await source.bucket(endMs)
    if (!stored) return
    this.note = stored.isCut
      ? `a bucket of ${kind.kind} has more than ${stored.rows.length} rows: the rest is left out`
      : ''
    const { lengthMs } = source
    const rows = await turned(kind, stored.rows, lengthMs)
    const sums = `${term} ${sumsOf(rows)}`
    if (this.#sums.get(endMs) === sums) return
    const reading = { kind: kind.kind, feed: 'database', term, read: nextRead() } as const
    await span({ reading, endMs, lengthMs, states: [], ...rows })
    this.#remember(endMs, sums)
    this.records += rows.stats.length + rows.properties.length
    this.reachedMs = Math.max(this.reachedMs, endMs)
  }

  #remember(endMs: UnixMs, sums: string): void {
    this.#sums.set(endMs, sums)
    const [oldest] = this.#sums.keys()
    if (this.#sums.size > REMEMBERED && oldest !== undefined) this.#sums.delete(oldest)
  }
}

type Turned = Pick<PolledSpan, 'stats' | 'properties'>

/** Equal when nothing was added. */
function sumsOf({ stats, properties }: Turned): string {
  const sums = [stats.length, properties.length, 0, 0, 0, 0]
  const add = (i: number, value: number) => {
    sums[i] = (sums[i] ?? 0) + value
  }
  for (const { values } of stats) {
    add(2, values.calls)
    add(3, values.timeouts + values.exceptions)
    add(4, values.durationSumMs)
    add(5, values.durationMaxMs)
  }
  for (const { value } of properties) add(2, value)
  return sums.join(' ')
}

async function turned(
  kind: RowsKind,
  stored: readonly StoredRow[],
  lengthMs: number,
): Promise<Turned> {
  const turning = kind.begin(lengthMs)
  for (let from = 0; from < stored.length; from += ROWS_AT_ONCE) {
    for (const row of stored.slice(from, from + ROWS_AT_ONCE)) turning.add(row)
    await setImmediate()
  }
  return turning.end()
}
