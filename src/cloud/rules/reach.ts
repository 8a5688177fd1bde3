/** How far the data of one environment came, and how far its rules may go. No clock: time is an argument. */
import type { FeedName } from '../../model/polled.ts'
import type { UnixMs } from '../../model/time.ts'
import type { DataFeed } from './feeds-of.ts'
import { SET_BACK_MS } from './schedule.ts'

/** How far a feed ever came: the newest window or bucket that any agent handed on. */
export interface FeedMark {
  readonly feed: FeedName
  readonly newestMs: UnixMs
  /** When that arrived. */
  readonly receivedAt: UnixMs
}

/** An instant, and when it was known. */
export interface Reached {
  readonly watermark: UnixMs
  readonly receivedAt: UnixMs
}

/** A window that some agents have closed is waited for this long until all have. */
export const PATIENCE_MS = 15_000
/** Buckets of 5 min are read some minutes after their end: three of them without news is late. */
const POLLED_LATE_MS = 15 * 60_000
/** A feed that has had no news for so long was turned off, more likely than not. */
const OFF_MS = 24 * 3_600_000
/** Newest windows remembered, for those that are waited for: half a minute of 10 s windows, and more. */
const MAX_STEPS = 16

export class Reach {
  /** Where all agents came to at first, and are now. */
  #first: Reached | undefined
  #complete: Reached | undefined
  /** When the newest window rose, and to where; oldest first. */
  readonly #newest: Reached[] = []
  readonly #feeds = new Map<FeedName, UnixMs>()

  /** Where all agents were when they were first heard of; undefined before. */
  get first(): UnixMs | undefined {
    return this.#first?.watermark
  }

  note(complete: Reached, feeds: readonly FeedMark[]): void {
    this.#first ??= complete
    const behindMs = (this.#complete?.watermark ?? -Infinity) - complete.watermark
    if (behindMs > SET_BACK_MS) this.#newest.length = 0
    if (behindMs < 0 || behindMs > SET_BACK_MS) this.#complete = complete
    for (const { feed, newestMs, receivedAt } of feeds) {
      this.#feeds.set(feed, newestMs)
      if (feed === 'subscribe') this.#rise({ watermark: newestMs, receivedAt })
    }
  }

  /** Up to where rules on data may go at `now`: all agents were there, or the patience with the rest is over. */
  upTo(now: UnixMs): Reached | undefined {
    const waited = this.#newest.findLast(({ receivedAt }) => now - receivedAt >= PATIENCE_MS)
    const complete = this.#complete
    if (!waited || !complete || waited.watermark <= complete.watermark) return complete
    return { watermark: waited.watermark, receivedAt: now }
  }

  /** Whether something will be due without another word of an agent. */
  get isWaiting(): boolean {
    return (this.#newest.at(-1)?.watermark ?? 0) > (this.#complete?.watermark ?? 0)
  }

  /** Those of `feeds` that had not come to `at`. */
  late(at: UnixMs, feeds: ReadonlySet<DataFeed>): FeedName[] {
    const late: FeedName[] = []
    if (feeds.has('subscribe') && at > (this.#complete?.watermark ?? Infinity)) {
      late.push('subscribe')
    }
    for (const [feed, newestMs] of this.#feeds) {
      const behindMs = at - newestMs
      const isLate = behindMs > POLLED_LATE_MS && behindMs <= OFF_MS
      if (feed !== 'subscribe' && feeds.has(feed) && isLate) late.push(feed)
    }
    return late
  }

  #rise(newest: Reached): void {
    if (newest.watermark <= (this.#newest.at(-1)?.watermark ?? -Infinity)) return
    this.#newest.push(newest)
    if (this.#newest.length > MAX_STEPS) this.#newest.shift()
  }
}
