/** What a channel is. It decides how to say it and how to send it, never whether. */
import type { Clock } from '../../../support/clock.ts'
import { Failure } from '../../../support/failure.ts'
import type { Notice } from '../notice.ts'
import type { ChannelKind, Delivery, Message } from '../ports.ts'
import type { OutgoingHttp } from './outgoing-http.ts'

export type ChannelReason =
  /** No connection, or it broke. */
  | 'unreachable'
  | 'timeout'
  /** The peer asks to come again later. */
  | 'busy'
  /** The peer does not let us in, or not with these settings: a person has to change something. */
  | 'misconfigured'
  /** Group, robot or key is gone: nothing will arrive there until a person gives another. */
  | 'disabled'
  /** This message or its recipient is refused for good. */
  | 'refused'
  | 'invalid-address'

/** A try that failed. Retryable ones go out later. The message names no secret. */
export class ChannelFailure extends Failure<ChannelReason> {
  /** The message was handed over whole and no answer came: it may have been delivered. */
  readonly handedOver: boolean
  /** How long the peer wants to be left alone, from now; absent when it did not say. */
  readonly retryAfterMs: number | undefined

  constructor(reason: ChannelReason, message: string, handedOver = false, retryAfterMs?: number) {
    super(reason, message, { retryable: reason !== 'refused' && reason !== 'invalid-address' })
    this.handedOver = handedOver
    this.retryAfterMs = retryAfterMs
  }
}

/** The peer wants this reader to be left alone; to others it delivers. */
export class ReaderBusy extends ChannelFailure {
  constructor(message: string, retryAfterMs?: number) {
    super('busy', message, false, retryAfterMs)
  }
}

export interface Channel {
  readonly kind: ChannelKind
  /**
   * Hands the message over; resolves with the peer's answer. Ends within a minute of real time.
   * @throws {ChannelFailure}
   */
  send(delivery: Delivery, signal: AbortSignal): Promise<string>
  close(): void
}

/** What channels to receivers share. */
export interface ChannelDeps {
  readonly http: OutgoingHttp
  readonly clock: Clock
  /** Instead of the vendor's, such as `http://127.0.0.1:8080`: for tests and for relays. */
  readonly origin?: string
}

/** What messages say besides the news. */
export interface Surroundings {
  /** How people reach the console, without a slash at the end. */
  readonly publicUrl?: string
  /** Where the reader acts on the alarm of the headline without logging in; undefined when there is nothing to do. */
  readonly actLink?: (notice: Notice) => string | undefined
}

/** Texts of a template, by the name of their part; what is absent is as by default. */
export type Said = Readonly<Partial<Record<string, string>>>

export type Render = (notice: Notice, surroundings: Surroundings, said?: Said) => Message
