/**
 * Passes what arrives on to the framework's own objects, so that TarsWeb goes on showing it: the
 * same bytes to the same function, one-way, with the caller's identity in `node_name`.
 * Nobody waits for it: a queue holds what the target does not take at once, the oldest goes first.
 */
import type { Cancel, Clock } from '../../support/clock.ts'
import { messageOf } from '../../support/failure.ts'
import type { Log } from '../../support/log.ts'
import type { RawObject } from '../../tars/proxy.ts'
import type { Call } from '../../tars/servant.ts'

export type ForwardMode = 'auto' | 'on' | 'off'

export interface ForwardCounts {
  /** Handed to the connection: a one-way call is not answered. */
  sent: number
  /** Thrown away as the target takes less than comes. */
  dropped: number
  /** Could not be handed over in time. */
  failed: number
}

export interface ForwarderOptions {
  readonly target: RawObject
  /** For the log. */
  readonly object: string
  /** Of real time: sockets live in it. */
  readonly clock: Clock
  readonly log: Log
  /** What waits longer is dropped: tarsstat files a report under the time of its arrival. */
  readonly maxAgeMs?: number
  readonly maxQueued?: number
  readonly maxQueuedBytes?: number
}

/** Calls that wait for a connection. */
const MAX_UNDER_WAY = 16
const MAX_QUEUED = 4_096
const MAX_QUEUED_BYTES = 8 * 1024 * 1024
/** Of what is written to a target that does not read. */
const MAX_UNSENT_BYTES = 1024 * 1024
const LOOK_AGAIN_MS = 100

/** Key of the context of what an agent has passed on. */
const MARK = 'alarm_forwarded'

/** Whether an agent has passed this on already: it has counted it, and would get it for ever. */
export function wasForwarded({ context }: Call): boolean {
  return context.has(MARK)
}

interface Waiting {
  readonly sinceMs: number
  readonly functionName: string
  readonly body: Buffer
  readonly context: Readonly<Record<string, string>>
}

export class Forwarder {
  readonly counts: ForwardCounts = { sent: 0, dropped: 0, failed: 0 }
  readonly #options: ForwarderOptions
  readonly #queue: Waiting[] = []
  #queuedBytes = 0
  #underWay = 0
  #isFailing = false
  #isStopped = false
  #cancel: Cancel | undefined

  constructor(options: ForwarderOptions) {
    this.#options = options
  }

  /** Waiting now. */
  get queued(): number {
    return this.#queue.length
  }

  /** Takes over one call; never throws. The caller must see to it that it is no loop. */
  pass(body: Buffer, call: Call): void {
    if (this.#isStopped) return
    const { functionName, context, host } = call
    const identity = context.get('node_name') || host
    this.#push({
      sinceMs: this.#options.clock.now(),
      functionName,
      // A copy: the view would keep all that came with it.
      body: Buffer.from(body),
      context: { ...Object.fromEntries(context), node_name: identity, [MARK]: '1' },
    })
    this.#pump()
  }

  /** Forgets what waits. */
  stop(): void {
    this.#isStopped = true
    this.#cancel?.()
    this.counts.dropped += this.#queue.length
    this.#queue.length = 0
    this.#queuedBytes = 0
  }

  #push(waiting: Waiting): void {
    const { maxQueued = MAX_QUEUED, maxQueuedBytes = MAX_QUEUED_BYTES } = this.#options
    this.#queue.push(waiting)
    this.#queuedBytes += waiting.body.length
    while (this.#queue.length > maxQueued || this.#queuedBytes > maxQueuedBytes) this.#drop()
  }

  #drop(): void {
    this.#shift()
    this.counts.dropped++
  }

  #dropOld(): void {
    const { clock, maxAgeMs = Number.POSITIVE_INFINITY } = this.#options
    const oldestMs = clock.now() - maxAgeMs
    while ((this.#queue[0]?.sinceMs ?? oldestMs) < oldestMs) this.#drop()
  }

  #shift(): Waiting | undefined {
    const first = this.#queue.shift()
    this.#queuedBytes -= first?.body.length ?? 0
    return first
  }

  #pump(): void {
    this.#dropOld()
    // One at a time finds out as well whether a dead target is back.
    while (this.#underWay < (this.#isFailing ? 1 : MAX_UNDER_WAY)) {
      if (this.#queue.length > 0 && this.#options.target.unsentBytes() >= MAX_UNSENT_BYTES) {
        this.#lookAgain()
        return
      }
      const next = this.#shift()
      if (!next) return
      void this.#send(next)
    }
  }

  /** @tars/rpc does not tell when a connection takes more. */
  #lookAgain(): void {
    this.#cancel ??= this.#options.clock.after(LOOK_AGAIN_MS, () => {
      this.#cancel = undefined
      this.#pump()
    })
  }

  async #send({ functionName, body, context }: Waiting): Promise<void> {
    this.#underWay++
    try {
      await this.#options.target.send(functionName, body, context)
      this.counts.sent++
      this.#tell(undefined)
    } catch (error) {
      this.counts.failed++
      this.#tell(error)
    }
    this.#underWay--
    this.#pump()
  }

  /** When it begins and ends, not each time. */
  #tell(error: unknown): void {
    const { object, log } = this.#options
    const fails = error !== undefined
    if (fails === this.#isFailing) return
    this.#isFailing = fails
    if (fails) log.warn({ object, error: messageOf(error) }, 'forward: the target takes nothing')
    else log.info({ object }, 'forward: the target takes again')
  }
}
