/**
 * Makes batches of closed windows and events, numbers them and puts them into the spool.
 * Events do not wait for the end of a window: those that come while the disk is busy share a batch.
 */
import type { NotifyEvent } from '../../model/event.ts'
import type { PolledSpan } from '../../model/polled.ts'
import type { UnixMs } from '../../model/time.ts'
import type { AgentInfo, BatchId, UnknownSpan, Window } from '../../wire/batch.ts'
import { encodeBatch } from '../../wire/index.ts'
import { SpoolFailure } from './failure.ts'
import { partsOf } from './parts.ts'
import type { SpoolEntry } from './record.ts'
import type { Spool } from './spool.ts'

export interface OutboxOptions {
  readonly spool: Spool
  /** `epoch`: 16 hex digits, new at each start. */
  readonly speaker: AgentInfo & Pick<BatchId, 'agent' | 'epoch'>
  readonly now: () => UnixMs
}

const MAX_EVENTS_WAITING = 10_000
const MAX_EVENTS_IN_BATCH = 500

interface WaitingEvent {
  readonly event: NotifyEvent
  readonly settle: (failure?: unknown) => void
}

export class Outbox {
  /** Events refused because too many wait. */
  droppedEvents = 0
  readonly #options: OutboxOptions
  #seq = 0
  /** Spans to tell with the next batch. */
  #unknown: UnknownSpan[] = []
  readonly #events: WaitingEvent[] = []
  #sendingEvents = false

  constructor(options: OutboxOptions) {
    this.#options = options
  }

  /** Told with the next batch. */
  addUnknown(span: UnknownSpan): void {
    if (span.toMs > span.fromMs) this.#unknown.push(span)
  }

  /** One batch, of a huge window several; resolves when all is durable, rejects with `SpoolFailure`. */
  async putWindow(window: Window): Promise<void> {
    await Promise.all(partsOf(window).map((part) => this.#put([part], [])))
  }

  /** What was read back of a span; resolves when it is durable, rejects with `SpoolFailure`. */
  putSpan({ states, ...span }: PolledSpan): Promise<void> {
    return this.putWindow({ ...span, ...(states.length > 0 && { states }) })
  }

  /** Resolves when the event is durable, rejects with `SpoolFailure`. */
  putEvent(event: NotifyEvent): Promise<void> {
    if (this.#events.length >= MAX_EVENTS_WAITING) {
      this.droppedEvents++
      const message = `${MAX_EVENTS_WAITING} events wait for the disk already`
      return Promise.reject(new SpoolFailure('full', message, { retryable: true }))
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const settle = (failure?: unknown) => (failure ? reject(failure) : resolve())
    this.#events.push({ event, settle })
    void this.#putEvents()
    return promise
  }

  async #putEvents(): Promise<void> {
    if (this.#sendingEvents) return
    this.#sendingEvents = true
    // Events that arrive in the same turn of the event loop share a batch.
    await Promise.resolve()
    while (this.#events.length > 0) {
      const group = this.#events.splice(0, MAX_EVENTS_IN_BATCH)
      const failure = await this.#put(
        [],
        group.map(({ event }) => event),
      ).catch((error: unknown) => error)
      for (const { settle } of group) settle(failure)
    }
    this.#sendingEvents = false
  }

  async #put(windows: readonly Window[], events: readonly NotifyEvent[]): Promise<void> {
    const { spool, speaker, now } = this.#options
    const { agent, epoch, ...info } = speaker
    const madeAt = now()
    const overdue = spool.overdue(madeAt)
    const unknown = [...this.#unknown, ...overdue.unknown]
    const id: BatchId = { agent, epoch, seq: ++this.#seq }
    const bytes = encodeBatch({ id, agent: info, madeAt, windows, events, unknown })
    const told = this.#unknown.splice(0)
    const span = spanOf(windows, madeAt)
    try {
      await spool.append({
        entry: { id, madeAt, events: events.length, ...(span && { span }) },
        bytes,
      })
      spool.discard(overdue)
    } catch (error) {
      this.#unknown.unshift(...told)
      throw error
    }
  }
}

/** What was listened to; what was read back can be read again. */
function spanOf(windows: readonly Window[], now: UnixMs): SpoolEntry['span'] {
  const heard = windows.filter(({ reading }) => !reading)
  const [first] = heard
  const last = heard.at(-1)
  if (!first || !last) return undefined
  // A window closed early, at a graceful end, was listened to until now.
  return { fromMs: first.endMs - first.lengthMs, toMs: Math.min(last.endMs, now) }
}
