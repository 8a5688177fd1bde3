/** Hands the batches of one lane to the cloud, one after the other, until each is taken or refused. */
import type { Clock } from '../../support/clock.ts'
import type { Spooled, SpoolLane } from '../spool/spool.ts'
import type { CloudClient } from './cloud-client.ts'
import type { Pace } from './pace.ts'
import type { BatchSource } from './ports.ts'
import { type Answer, type Trouble, verdictOf } from './verdict.ts'

export interface LaneSenderOptions {
  readonly lane: SpoolLane
  readonly source: BatchSource
  readonly clock: Clock
  /** Undefined: no bound. */
  readonly pace?: Pace | undefined
  readonly signal: AbortSignal
  /** The one to use now. */
  readonly client: () => CloudClient | undefined
  /** Another lane hands it over just now. */
  readonly isFlying: (spooled: Spooled) => boolean
  readonly events: LaneEvents
}

export interface LaneEvents {
  tries(): void
  settled(lane: SpoolLane, spooled: Spooled, act: 'ack' | 'set-aside', answer: Answer): void
  troubled(lane: SpoolLane, trouble: Trouble, answer: Answer): void
  /** There is nothing to send. */
  idle(lane: SpoolLane): void
  /** A try or the wait after it has ended: other lanes may have something to do. */
  landed(): void
}

export class LaneSender {
  readonly #options: LaneSenderOptions
  #flying: Spooled | undefined
  /** Tries in a row without a batch that was taken, of one batch or of several. */
  #failures = 0
  #isIdle = true
  #wake: (() => void) | undefined
  #wakeEarly: (() => void) | undefined

  constructor(options: LaneSenderOptions) {
    this.#options = options
  }

  /** Whether all has been sent. */
  get isIdle(): boolean {
    return this.#isIdle && !this.#options.source.peek(this.#options.lane)
  }

  sends(spooled: Spooled): boolean {
    return this.#flying !== undefined && isSame(this.#flying, spooled)
  }

  /** Until the signal. */
  async run(): Promise<void> {
    const { source, lane, signal, isFlying, client, events } = this.#options
    while (!signal.aborted) {
      const next = source.peek(lane)
      this.#isIdle = next === undefined
      if (!next) events.idle(lane)
      if (!next || isFlying(next) || !client()) await this.#sleep()
      else await this.#send(next)
    }
  }

  /** There may be more to send. */
  wake(): void {
    this.#wake?.()
  }

  /** Also ends a wait for the next try. */
  wakeEarly(): void {
    this.#wakeEarly?.()
  }

  /** Until this batch is taken, refused, left to another lane, or there is no client. */
  async #send(spooled: Spooled): Promise<void> {
    const { clock, pace, signal, lane, source, events } = this.#options
    const paceMs = pace?.waitMs(clock.now()) ?? 0
    if (paceMs > 0) await this.#sleep(paceMs)
    while (!signal.aborted && isSame(source.peek(lane), spooled)) {
      const client = this.#options.client()
      if (!client) return
      this.#flying = spooled
      const retryMs = await this.#try(client, spooled)
      this.#flying = undefined
      events.landed()
      if (retryMs === undefined) return
      await this.#sleep(retryMs)
      // Meanwhile it may have become another lane's.
      events.landed()
    }
  }

  /** When to try again; undefined when it is settled. */
  async #try(client: CloudClient, spooled: Spooled): Promise<number | undefined> {
    const { clock, pace, signal, lane, events } = this.#options
    const { bytes } = spooled.record
    events.tries()
    pace?.sent(bytes.length, clock.now())
    const answer = await client.post(bytes, signal)
    const isGivenUp = signal.aborted || client !== this.#options.client()
    if (answer.kind === 'failed' && isGivenUp) return 0
    const verdict = verdictOf(answer, ++this.#failures)
    if (verdict.act !== 'retry') {
      this.#failures = 0
      events.settled(lane, spooled, verdict.act, answer)
      return undefined
    }
    // A connection that was closed while idle shows at the first try: no trouble yet.
    if (this.#failures > 1 || answer.kind === 'answered') {
      events.troubled(lane, verdict.trouble, answer)
    }
    return verdict.afterMs
  }

  /** Until there is more to send, or for `delayMs`: then new batches wake nobody. */
  #sleep(delayMs?: number): Promise<void> {
    const { clock, signal } = this.#options
    if (signal.aborted || delayMs === 0) return Promise.resolve()
    return new Promise((resolve) => {
      const cancel = delayMs === undefined ? () => {} : clock.after(delayMs, resolve)
      this.#wakeEarly = () => {
        cancel()
        resolve()
      }
      this.#wake = delayMs === undefined ? resolve : undefined
    })
  }
}

function isSame(a: Spooled | undefined, b: Spooled): boolean {
  const [x, y] = [a?.record.entry.id, b.record.entry.id]
  return x?.agent === y.agent && x.epoch === y.epoch && x.seq === y.seq
}
