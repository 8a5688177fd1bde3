/** What the API of telling people needs of others. */
import type { UnixMs } from '../../model/time.ts'
import type { Act } from '../notify/acts/act.ts'
import type { Mute } from '../notify/mute.ts'
import type { ContactGroup, Policy } from '../notify/policy.ts'
import type { Receiver, StoredReceiver } from '../notify/ports.ts'
import type { TestOutcome } from '../notify/receiver-test.ts'
import type { Rota } from '../notify/rota.ts'
import type { Subscription } from '../notify/summary/subscription.ts'
import type { TemplateBook } from '../notify/templates/template-book.ts'
import type { Trace } from '../notify/trace.ts'
import type { DrillDesk } from './drill-ports.ts'
import type { RouteTreeStore } from './route-tree-ports.ts'

export interface PolicyStore {
  policies(environment: string): Promise<Policy[]>
  savePolicy(policy: Policy): Promise<void>
  removePolicy(environment: string, id: string): Promise<boolean>
  groups(environment: string): Promise<ContactGroup[]>
  saveGroup(group: ContactGroup): Promise<void>
  removeGroup(environment: string, id: string): Promise<boolean>
}

export interface RotaStore {
  rotas(environment: string): Promise<Rota[]>
  saveRota(rota: Rota): Promise<void>
  removeRota(environment: string, id: string): Promise<boolean>
}

export interface ReceiverRows {
  receivers(environment: string): Promise<StoredReceiver[]>
  receiver(environment: string, id: string): Promise<StoredReceiver | undefined>
  /** It is enabled again, and what waits for it is due. */
  saveReceiver(receiver: Receiver, now: UnixMs): Promise<void>
  removeReceiver(environment: string, id: string): Promise<boolean>
}

export interface CountedMute extends Mute {
  /** Alarms it muted. */
  readonly muted: number
  readonly mutedAt?: UnixMs
}

export interface MuteStore {
  mutes(environment: string): Promise<CountedMute[]>
  /** What waits for its end is looked at again. */
  saveMute(mute: Mute): Promise<void>
  /** What waits for its end is looked at again. */
  removeMute(environment: string, id: string): Promise<boolean>
}

/** News that is not planned yet. */
export interface WaitingNews {
  readonly at: UnixMs
  /** For its cause or the end of a mute, at the longest. */
  readonly until?: UnixMs
  readonly mute?: Mute['id']
}

export interface TraceStore {
  /** Newest first. */
  trace(environment: string, alert: string, limit: number): Promise<Trace[]>
  waiting(environment: string, alert: string): Promise<WaitingNews[]>
}

/** What people did about alerts. */
export interface ActStore {
  /** Oldest first. */
  acts(environment: string, alert: string): Promise<Act[]>
  /** It ends what the alert waited for, which goes on when it is taken back; a note changes nothing. */
  saveAct(act: Act): Promise<void>
  /** Of each, but of notes. */
  newestActs(alerts: readonly string[]): Promise<Act[]>
}

/** Texts that people made of messages. */
export type TemplateDesk = Pick<TemplateBook, 'templates' | 'save' | 'remove' | 'preview'>

export interface SubscriptionRows {
  subscriptionsOf(environment: string): Promise<Subscription[]>
  /** Periods that ended by `now` are not told. */
  saveSubscription(subscription: Subscription, now: UnixMs): Promise<void>
  removeSubscription(environment: string, id: string): Promise<boolean>
}

/** Summaries by day and week. */
export interface SummaryDesk {
  readonly store: SubscriptionRows
  /** The next may be due at another time. */
  changed(): void
}

/** Who is told of what, and how. */
export interface NotifyDesk {
  readonly policies: PolicyStore
  readonly rotas: RotaStore
  readonly receivers: ReceiverRows
  readonly mutes: MuteStore
  readonly traces: TraceStore
  readonly acts: ActStore
  /** Without it there are no routes. */
  readonly routeTrees?: RouteTreeStore
  /** Without it messages are ours. */
  readonly templates?: TemplateDesk
  /** Without it there are no summaries. */
  readonly summaries?: SummaryDesk
  /** Without it there are no drills. */
  readonly drills?: DrillDesk
  /** Sends a test message. Never rejects. */
  test(receiver: Receiver, environmentName: string): Promise<TestOutcome>
  /** What waits may go now. */
  changed(): void
}
