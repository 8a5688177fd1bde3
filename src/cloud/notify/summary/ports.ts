/** What summaries need of others. */
import type { UnixMs } from '../../../model/time.ts'
import type { Alert } from '../../alerts/alert.ts'
import type { Act } from '../acts/act.ts'
import type { Audience, ChannelKind, NewDelivery } from '../ports.ts'
import type { Period, Subscription } from './subscription.ts'

export interface KeptSubscription {
  readonly subscription: Subscription
  /** Periods that ended by then are done with. */
  readonly madeTo: UnixMs
}

export interface SilentAgent {
  readonly agent: string
  readonly host: string
  readonly seenAt: UnixMs
}

export interface FailedMessages {
  readonly channel: ChannelKind
  readonly count: number
}

export interface SummaryStore {
  /** Of all environments. */
  subscriptions(): Promise<KeptSubscription[]>
  /**
   * The period that ends at `to` is done with, and these go out; all or nothing. Nothing where that was so already, or
   * the subscription was removed.
   */
  saveMade(
    subscription: Subscription,
    to: UnixMs,
    deliveries: readonly NewDelivery[],
  ): Promise<void>
  /** Those that began to fire then, the newest first. */
  firedIn(environment: string, period: Period, limit: number): Promise<Alert[]>
  firing(environment: string, limit: number): Promise<Alert[]>
  /** Messages that were planned then and given up. */
  failedIn(environment: string, period: Period): Promise<FailedMessages[]>
  /** Agents that were not heard since. */
  silentSince(environment: string, at: UnixMs): Promise<SilentAgent[]>
}

export interface PeopleStore {
  audience(environment: string): Promise<Audience>
}

export interface ActReads {
  newestActs(alerts: readonly Alert['id'][]): Promise<Act[]>
}
