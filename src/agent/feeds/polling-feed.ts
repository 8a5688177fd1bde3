/** A feed that asks the framework for what it keeps, while this agent holds the lease. */
import type { NotifyEvent } from '../../model/event.ts'
import type { FeedName, FeedStatus, PolledSpan } from '../../model/polled.ts'

/** Where what was read goes. Both resolve when it is durable, and reject with a `Failure` when it cannot be. */
export interface PolledIntake {
  span(span: PolledSpan): Promise<void>
  event(event: NotifyEvent): Promise<void>
}

export interface PollingFeed {
  readonly name: FeedName
  /** How long from one round to the next. */
  readonly everyMs: number
  /**
   * One round: reads what is due and hands it on under the lease `term`. Never rejects: `status` says
   * what went wrong. No two rounds run at one time.
   */
  poll(term: number): Promise<void>
  status(): FeedStatus
  /** At once; a round under way ends by itself. */
  close(): Promise<void>
}
