/** What a channel is. It decides how to say it and how to send it, never whether. */
import { Failure } from '../../../support/failure.ts'
import type { Notice } from '../notice.ts'
import type { Delivery, Message } from '../ports.ts'

export type ChannelReason =
  /** No connection, or it broke. */
  | 'unreachable'
  | 'timeout'
  /** The peer asks to come again later. */
  | 'busy'
  /** The peer does not let us in, or not with these settings: a person has to change something. */
  | 'misconfigured'
  /** This message or its recipient is refused for good. */
  | 'refused'
  | 'invalid-address'

/** A try that failed. Retryable ones go out later. The message names no secret. */
export class ChannelFailure extends Failure<ChannelReason> {
  /** The message was handed over whole and no answer came: it may have been delivered. */
  readonly handedOver: boolean

  constructor(reason: ChannelReason, message: string, handedOver = false) {
    super(reason, message, { retryable: reason !== 'refused' && reason !== 'invalid-address' })
    this.handedOver = handedOver
  }
}

export interface Channel {
  readonly kind: Delivery['channel']
  /**
   * Hands the message over; resolves with the peer's answer. Ends within a minute of real time.
   * @throws {ChannelFailure}
   */
  send(delivery: Delivery, signal: AbortSignal): Promise<string>
  close(): void
}

/** What messages say besides the news. */
export interface Surroundings {
  /** How people reach the console, without a slash at the end. */
  readonly publicUrl?: string
}

export type Render = (notice: Notice, surroundings: Surroundings) => Message
