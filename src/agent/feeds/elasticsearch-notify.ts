/**
 * Reads the data stream into which K8SFramework's tarsnotify writes: `<namespace>_notify_`.
 *
 * Its documents have random ids and a time in seconds. The number of a row is the second and the place
 * within it, in the order of writing (`_seq_no` of the one shard of a backing index): whoever reads it
 * again gives it the same number, and what is written late gets the next one of its second.
 */
import type { NotifyEvent } from '../../model/event.ts'
import type { UnixMs } from '../../model/time.ts'
import type { Clock } from '../../support/clock.ts'
import { REPORT } from '../../tars/idl/notify-f.ts'
import { numberOfLevel } from './database-notify-row.ts'
import type { Elasticsearch, Hit } from './elasticsearch-search.ts'
import { normaliseNotify } from './normalise-notify.ts'
import { type EventIntake, handOn } from './stored-feed.ts'
import type { Progress } from './stored-parts.ts'

const FIRST_REACH_S = 600
/** An agent that had the lease before goes on where it stopped, at most this far back. */
const MAX_REACH_S = 86_400
/** tarsnotify tries again what Elasticsearch did not take, so late. */
const LATE_S = 60
const PAGE_SIZE = 1_000
const MAX_PAGES = 10
const ROWS_A_SECOND = 1_000_000
/** Of milliseconds since 1970 all are greater, of seconds none. */
const LEAST_MS = 100_000_000_000

/** Backing indices are numbered in the order of their making. */
const SORT = [{ '@timestamp': 'asc' }, { _index: 'asc' }, { _seq_no: 'asc' }]

export interface ElasticNotifyOptions extends EventIntake {
  readonly elasticsearch: Elasticsearch
  readonly stream: string
  readonly clock: Clock
}

interface Notify {
  readonly row: number
  readonly event: NotifyEvent
}

/** Where a lease has come to. */
interface Cursor {
  readonly term: number
  /** Reading begins with this second. */
  fromS: number
  /** Rows from there on that were handed on. */
  readonly done: Set<number>
}

export class ElasticNotifyReader implements Progress {
  records = 0
  reachedMs: UnixMs = 0
  readonly note = ''
  readonly #options: ElasticNotifyOptions
  #cursor: Cursor | undefined
  /** When all there was had been read last. */
  #upToS: number | undefined

  constructor(options: ElasticNotifyOptions) {
    this.#options = options
  }

  /** Hands on what is new. Returns whether there is more. Rejects: the next round goes on there. */
  async round(term: number): Promise<boolean> {
    const nowS = Math.floor(this.#options.clock.now() / 1000)
    if (this.#cursor?.term !== term) {
      const reachS = Math.min(nowS - FIRST_REACH_S, this.#upToS ?? nowS)
      this.#cursor = { term, fromS: Math.max(reachS, nowS - MAX_REACH_S), done: new Set() }
    }
    const cursor = this.#cursor
    const unitMs = await this.#unitMs()
    if (unitMs === undefined) return false
    const { lastS, hasMore } = await this.#read(cursor, unitMs)
    if (!hasMore) this.#upToS = nowS
    // A second that is cut off by the end of a page is read again from its beginning.
    cursor.fromS = hasMore ? lastS : Math.max(cursor.fromS, Math.min(lastS, nowS - LATE_S))
    for (const row of cursor.done) {
      if (row < cursor.fromS * ROWS_A_SECOND) cursor.done.delete(row)
    }
    return hasMore
  }

  /**
   * What `@timestamp` counts: tarsnotify writes seconds, which Elasticsearch takes for milliseconds.
   * Undefined of an empty stream.
   */
  async #unitMs(): Promise<number | undefined> {
    const { elasticsearch, stream } = this.#options
    const sort = [{ '@timestamp': 'desc' }]
    const query = { match_all: {} }
    const [newest] = await elasticsearch.search({ indices: [stream], query, sort, size: 1 })
    return newest && (Number(newest.sort[0]) < LEAST_MS ? 1000 : 1)
  }

  async #read(cursor: Cursor, unitMs: number): Promise<{ lastS: number; hasMore: boolean }> {
    const { elasticsearch, stream, clock } = this.#options
    const from = (cursor.fromS * 1000) / unitMs
    const query = { range: { '@timestamp': { gte: from, format: 'epoch_millis' } } }
    const numbers = new Numbers(unitMs, cursor.fromS)
    let after: Hit['sort'] | undefined
    // At least one whole second.
    for (let page = 0; page < MAX_PAGES || numbers.second === cursor.fromS; page++) {
      const search = { indices: [stream], query, sort: SORT, size: PAGE_SIZE, after }
      const hits = await elasticsearch.search(search)
      const notifies = hits.map((hit) => notifyOf(hit, numbers, clock.now()))
      await this.#handOn(notifies, cursor)
      after = hits.at(-1)?.sort
      if (hits.length < PAGE_SIZE) return { lastS: numbers.second, hasMore: false }
    }
    return { lastS: numbers.second, hasMore: true }
  }

  async #handOn(notifies: readonly Notify[], { done }: Cursor): Promise<void> {
    const fresh = notifies.filter(({ row }) => !done.has(row))
    await handOn(fresh, this.#options, ({ row, event }) => {
      done.add(row)
      this.records++
      this.reachedMs = Math.max(this.reachedMs, event.at)
    })
  }
}

/** Counts the documents of each second. */
class Numbers {
  second: number
  readonly #unitMs: number
  #count = 0

  constructor(unitMs: number, second: number) {
    this.#unitMs = unitMs
    this.second = second
  }

  /** Of the next document in the order of reading. */
  next(timestamp: number): { readonly atMs: UnixMs; readonly row: number } {
    const atMs = timestamp * this.#unitMs
    const second = Math.floor(atMs / 1000)
    if (second !== this.second) this.#count = 0
    this.second = second
    return { atMs, row: second * ROWS_A_SECOND + this.#count++ }
  }
}

function notifyOf({ _source: source, sort }: Hit, numbers: Numbers, now: UnixMs): Notify {
  const { atMs, row } = numbers.next(Number(sort[0]))
  const info = {
    // Not stored. The text may say more than the level: tarsnotify of K8SFramework does not look at it.
    eType: REPORT,
    eLevel: numberOfLevel(text(source.level)),
    sApp: text(source.app),
    sSet: '',
    sContainer: '',
    sServer: text(source.server),
    sMessage: text(source.message),
    sThreadId: text(source.impThread),
    sNodeName: text(source.podName),
  }
  const sender = { nodeName: '', host: '', port: 0 }
  const event = { ...normaliseNotify(info, sender, Math.min(atMs, now)), row }
  return { row, event }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
