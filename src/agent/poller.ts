/** Runs the polling feeds while this agent holds the lease. */
import type { FeedStatus } from '../model/polled.ts'
import type { Cancel, Clock } from '../support/clock.ts'
import type { Log } from '../support/log.ts'
import type { PollingFeed } from './feeds/polling-feed.ts'

export interface PollerOptions {
  readonly feeds: readonly PollingFeed[]
  readonly clock: Clock
  readonly log: Log
  /** The term of the lease while it is valid; undefined: another agent polls, or the cloud is silent. */
  readonly term: () => number | undefined
}

/** How soon a lease that was granted is noticed. */
const LOOK_EVERY_MS = 1_000

export class Poller {
  readonly #options: PollerOptions
  readonly #waits = new Map<PollingFeed, Cancel>()
  #stopped = false

  constructor(options: PollerOptions) {
    this.#options = options
  }

  /** There is something to poll. */
  get canPoll(): boolean {
    return this.#options.feeds.length > 0
  }

  start(): void {
    for (const feed of this.#options.feeds) this.#wait(feed, 1)
  }

  /** Of every feed; without the lease it is off, and says so. */
  statuses(): FeedStatus[] {
    const isOurs = this.#options.term() !== undefined
    return this.#options.feeds.map((feed) => {
      const status = feed.status()
      return isOurs ? status : { ...status, state: 'off', why: 'not the agent that polls' }
    })
  }

  /** A round under way is not waited for: whoever it asks may be silent for longer than a stop may take. */
  async stop(): Promise<void> {
    this.#stopped = true
    for (const cancel of this.#waits.values()) cancel()
    await Promise.all(this.#options.feeds.map((feed) => feed.close()))
  }

  #wait(feed: PollingFeed, afterMs: number): void {
    if (this.#stopped) return
    this.#waits.set(
      feed,
      this.#options.clock.after(afterMs, () => void this.#round(feed)),
    )
  }

  async #round(feed: PollingFeed): Promise<void> {
    const term = this.#options.term()
    if (term === undefined) {
      this.#wait(feed, LOOK_EVERY_MS)
      return
    }
    const startedAt = this.#options.clock.now()
    try {
      await feed.poll(term)
    } catch (error) {
      // A bug; what servers report must not suffer from it.
      this.#options.log.error({ feed: feed.name, err: error }, 'a feed failed')
    }
    const tookMs = Math.max(0, this.#options.clock.now() - startedAt)
    this.#wait(feed, Math.max(LOOK_EVERY_MS, feed.everyMs - tookMs))
  }
}
