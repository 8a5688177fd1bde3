/**
 * Says to the cloud every 10 s how the agent is, and takes from the answer the lease to poll, the kind of
 * framework and the skew of our clock. Never fails: the next one may do better.
 */
import type { UnixMs } from '../../model/time.ts'
import type { Cancel, Clock } from '../../support/clock.ts'
import { messageOf } from '../../support/failure.ts'
import type { Log } from '../../support/log.ts'
import type { HeartbeatAnswer, Heartbeat as HeartbeatBody } from '../../wire/index.ts'
import type { HeartbeatReply } from './cloud-client.ts'
import { SkewMeter } from './skew.ts'

export interface HeartbeatClient {
  /** Never rejects. */
  heartbeat(body: HeartbeatBody, signal: AbortSignal): Promise<HeartbeatReply>
}

export interface HeartbeatOptions {
  /** The one to use now; undefined: none is sent. */
  readonly client: () => HeartbeatClient | undefined
  /** Not corrected. */
  readonly clock: Clock
  readonly log: Log
  readonly body: () => HeartbeatBody
}

export interface HeartbeatCounts {
  sent: number
  failed: number
}

const HEARTBEAT_MS = 10_000

interface Lease {
  readonly term: number
  readonly fromMs: UnixMs
  readonly untilMs: UnixMs
}

export class Heartbeat {
  readonly counts: HeartbeatCounts = { sent: 0, failed: 0 }
  readonly #options: HeartbeatOptions
  readonly #stopping = new AbortController()
  readonly #skew = new SkewMeter()
  #framework: HeartbeatAnswer['framework'] | undefined
  #lease: Lease | undefined
  #cancelLease: Cancel = () => {}
  #cancelNext: Cancel = () => {}
  #beating: Promise<void> | undefined
  /** What was logged last; '' while all is well. */
  #logged = ''

  constructor(options: HeartbeatOptions) {
    this.#options = options
  }

  /** As the cloud knows it; undefined before its first answer. */
  get framework(): HeartbeatAnswer['framework'] | undefined {
    return this.#framework
  }

  /** Our clock minus the cloud's, before correction; undefined while nobody knows. */
  get skewMs(): number | undefined {
    const { offsetMs } = this.#skew
    return offsetMs === undefined ? undefined : 0 - offsetMs
  }

  /** To be added to our clock; 0 while it is right within 2 s. */
  get correctionMs(): number {
    return this.#skew.correctionMs
  }

  /** Its term while we hold it, at `now` of the clock that is not corrected. */
  lease(now: UnixMs): number | undefined {
    if (!this.#lease) return undefined
    const { term, fromMs, untilMs } = this.#lease
    // A clock that was set back shows an instant before it was granted.
    return now >= fromMs && now < untilMs ? term : undefined
  }

  start(): void {
    if (this.#stopping.signal.aborted) return
    this.#cancelNext = this.#options.clock.after(HEARTBEAT_MS, () => this.start())
    // One that takes longer than that delays the next.
    this.#beating ??= this.#beat()
      .catch((error: unknown) => this.#fail(messageOf(error)))
      .finally(() => {
        this.#beating = undefined
      })
  }

  /** The client is another from now on: asks it at once, the lease of the one before is void. */
  beginAnew(): void {
    this.#drop()
    this.#cancelNext()
    this.start()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#cancelNext()
    this.#drop()
    await this.#beating
  }

  async #beat(): Promise<void> {
    const { client, clock, body } = this.#options
    const cloud = client()
    if (!cloud) return
    const { signal } = this.#stopping
    const askedAt = clock.now()
    this.counts.sent++
    const reply = await cloud.heartbeat(body(), signal)
    // What another cloud or environment granted counts for nothing here.
    if (signal.aborted || cloud !== client()) return
    if (reply.kind === 'failed') {
      this.#fail(reply.why)
      return
    }
    this.#take(reply.answer, askedAt)
  }

  #take({ serverTimeMs, framework, lease }: HeartbeatAnswer, askedAt: UnixMs): void {
    const { clock, log } = this.#options
    const now = clock.now()
    this.#framework = framework
    const before = this.correctionMs
    this.#skew.measure(askedAt, now, serverTimeMs)
    const { correctionMs } = this
    if (correctionMs !== before) {
      log.warn({ correctionMs }, 'heartbeat: the clock of this machine is wrong, put right by')
    }
    this.#drop()
    if (lease) this.#hold(lease.term, askedAt, askedAt + lease.ttlMs)
    if (this.#logged !== '') log.info('heartbeat: the cloud answers again')
    this.#logged = ''
  }

  #hold(term: number, fromMs: UnixMs, untilMs: UnixMs): void {
    const { clock } = this.#options
    const leftMs = untilMs - clock.now()
    if (leftMs <= 0) return
    this.#lease = { term, fromMs, untilMs }
    // It ends in time, too, when the clock is set back.
    this.#cancelLease = clock.after(leftMs, () => this.#drop())
  }

  #drop(): void {
    this.#cancelLease()
    this.#lease = undefined
  }

  #fail(why: string): void {
    this.counts.failed++
    if (why !== this.#logged)
      this.#options.log.warn({ why }, 'heartbeat: the cloud did not take it')
    this.#logged = why
  }
}
