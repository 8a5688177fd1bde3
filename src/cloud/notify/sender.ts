import { backoffMs } from '../../support/backoff.ts'
import type { Cancel, Clock } from '../../support/clock.ts'
import { messageOf } from '../../support/failure.ts'
import type { Log } from '../../support/log.ts'
import { type Channel, ChannelFailure } from './channels/channel.ts'
import { afterFailure, sent } from './outbox.ts'
import type { Delivery, OutboxStore, Outcome } from './ports.ts'

/** How long a claim is ours by the clock; longer than any try in real time, see `Channel.send`. */
const LEASE_MS = 60_000
/** What is due but not claimable (claimed by another process) is asked for again this much later. */
const LOOK_AGAIN_MS = 1_000
const STORE_RETRY = { baseMs: 1_000, maxMs: 60_000 }
/** A stop waits this long for what is being sent, then cuts it off: who stops us may kill after 10 s. */
const STOP_GRACE_MS = 3_000

export interface SenderOptions {
  readonly store: OutboxStore
  readonly clock: Clock
  readonly log: Log
  readonly channels: readonly Channel[]
  /** Tries at the same time. */
  readonly concurrency: number
  readonly onSent: (delivery: Delivery, at: number) => void
}

export interface SenderCounters {
  readonly sent: number
  readonly failed: number
  readonly retried: number
  /** Of the sent: those that may have gone out more than once. */
  readonly maybeRepeated: number
}

/**
 * Sends what is due and stores the answer. At least once: what was handed over while the process died is
 * sent again when its lease has run out, with the same id.
 */
export class Sender {
  readonly #options: SenderOptions
  readonly #inFlight = new Map<Delivery['id'], Promise<void>>()
  readonly #cut = new AbortController()
  readonly #counters = { sent: 0, failed: 0, retried: 0, maybeRepeated: 0 }
  /** Channels in trouble, with the reason that was logged. */
  readonly #trouble = new Map<Delivery['channel'], string>()
  #claiming: Promise<void> | undefined
  #again = false
  #stopped = false
  #storeFailures = 0
  #timer: Cancel = () => {}

  constructor(options: SenderOptions) {
    this.#options = options
  }

  get counters(): SenderCounters {
    return { ...this.#counters }
  }

  /** Something may be due. */
  wake(): void {
    if (this.#stopped) return
    this.#again = true
    this.#claiming ??= this.#run().finally(() => {
      this.#claiming = undefined
      if (this.#again) this.wake()
    })
  }

  /** Resolves when nothing is claimed or in flight. */
  async idle(): Promise<void> {
    while (this.#claiming || this.#inFlight.size > 0) {
      await this.#claiming
      await Promise.all(this.#inFlight.values())
    }
  }

  /** Claims no more; what is in flight ends or, after a grace, is cut off and waits for the next start. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#again = false
    this.#timer()
    const cancel = this.#options.clock.after(STOP_GRACE_MS, () => this.#cut.abort())
    await this.idle()
    cancel()
    for (const channel of this.#options.channels) channel.close()
  }

  async #run(): Promise<void> {
    this.#timer()
    try {
      while (this.#again && !this.#stopped) {
        this.#again = false
        await this.#claim()
      }
      await this.#wakeAtNextDue()
      this.#storeFailures = 0
    } catch (error) {
      this.#again = false
      if (this.#storeFailures++ === 0) {
        this.#options.log.error({ error: messageOf(error) }, 'outbox unavailable, trying again')
      }
      this.#wakeAfter(backoffMs(Math.min(this.#storeFailures, 20), STORE_RETRY))
    }
  }

  async #claim(): Promise<void> {
    const { store, concurrency } = this.#options
    const free = concurrency - this.#inFlight.size
    // Whoever ends first wakes us.
    if (free <= 0) return
    const claimed = await store.claim(this.#now(), LEASE_MS, free, [...this.#inFlight.keys()])
    for (const delivery of claimed) {
      if (this.#inFlight.has(delivery.id)) continue
      const flight = this.#deliver(delivery).finally(() => {
        this.#inFlight.delete(delivery.id)
        this.wake()
      })
      this.#inFlight.set(delivery.id, flight)
    }
  }

  async #wakeAtNextDue(): Promise<void> {
    const { store, clock, concurrency } = this.#options
    if (this.#inFlight.size >= concurrency) return
    const dueAt = await store.nextDueAt()
    if (dueAt !== undefined) this.#wakeAfter(Math.max(LOOK_AGAIN_MS, dueAt - clock.now()))
  }

  /** Whole milliseconds: a clock that runs faster shows fractions. */
  #now(): number {
    return Math.floor(this.#options.clock.now())
  }

  #wakeAfter(delayMs: number): void {
    this.#timer()
    if (!this.#stopped) this.#timer = this.#options.clock.after(delayMs, () => this.wake())
  }

  async #deliver(delivery: Delivery): Promise<void> {
    const outcome = await this.#try(delivery)
    await this.#finish(delivery, outcome)
    this.#count(delivery, outcome)
  }

  async #try(delivery: Delivery): Promise<Outcome> {
    const { channels } = this.#options
    try {
      const channel = channels.find(({ kind }) => kind === delivery.channel)
      if (!channel) {
        throw new ChannelFailure('misconfigured', `${delivery.channel} is not configured`)
      }
      const answer = await channel.send(delivery, this.#cut.signal)
      this.#wentWell(delivery)
      return sent(answer, this.#now())
    } catch (error) {
      if (!this.#cut.signal.aborted) this.#wentWrong(delivery, error)
      return afterFailure(delivery, error, this.#now())
    }
  }

  /** Stores the outcome however long it takes: a message that left must not leave again. */
  async #finish({ id }: Delivery, outcome: Outcome): Promise<void> {
    const { store, log } = this.#options
    for (let attempt = 1; ; attempt++) {
      try {
        return await store.finish(id, outcome)
      } catch (error) {
        if (attempt === 1) log.error({ delivery: id, error: messageOf(error) }, 'answer not stored')
        if (this.#cut.signal.aborted) return
        await this.#pause(backoffMs(Math.min(attempt, 20), STORE_RETRY))
      }
    }
  }

  #pause(delayMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#options.clock.after(delayMs, resolve)
    this.#cut.signal.addEventListener('abort', () => resolve(), { once: true })
    return promise
  }

  #count(delivery: Delivery, outcome: Outcome): void {
    if (outcome.state === 'waiting') this.#counters.retried++
    if (outcome.state === 'failed') this.#counters.failed++
    if (outcome.state !== 'sent') return
    this.#counters.sent++
    if (delivery.maybeRepeated) this.#counters.maybeRepeated++
    this.#options.onSent(delivery, outcome.at)
  }

  #wentWell({ channel }: Delivery): void {
    if (this.#trouble.delete(channel)) this.#options.log.info({ channel }, 'channel works again')
  }

  /** A channel in trouble is told once, not with every delivery; a refused delivery always. */
  #wentWrong({ id, channel }: Delivery, error: unknown): void {
    const { log } = this.#options
    const reason = error instanceof ChannelFailure ? error.reason : 'bug'
    const fields = { channel, reason, delivery: id, error: messageOf(error) }
    if (error instanceof ChannelFailure && !error.retryable) {
      log.warn(fields, 'delivery refused for good')
      return
    }
    if (this.#trouble.get(channel) === reason) return
    this.#trouble.set(channel, reason)
    log.error(fields, 'cannot deliver now, trying again')
  }
}
