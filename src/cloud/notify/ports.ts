/** What notify needs of others, and the nouns of telling people. */
import type { UnixMs } from '../../model/time.ts'
import type { Alert, AlertChange, Severity } from '../alerts/alert.ts'
import type { CalendarSettings } from '../calendar/special-day.ts'
import type { Lane, Share } from './lane.ts'
import type { Mute } from './mute.ts'
import type { People } from './people.ts'
import type { ContactGroup, Policy } from './policy.ts'
import type { Reminder } from './reminders/reminder.ts'
import type { Rota } from './rota.ts'
import type { Firing } from './routing/inhibition.ts'
import type { RouteTree } from './routing/route-tree.ts'
import type { Trace } from './trace.ts'

export type { ContactGroup, Policy } from './policy.ts'

export type Language = 'zh' | 'en'

export interface Contact {
  readonly id: string
  readonly environment: string
  readonly name: string
  /** '' where there is none. */
  readonly email: string
  readonly language: Language
  /** IANA name, e.g. `Asia/Shanghai`. */
  readonly timeZone: string
  /** As `phoneOf` makes it. */
  readonly phone?: string
  /** Ids by which the robots of a chat mention this person: userid of DingTalk and of WeCom, open_id or user_id of Feishu. */
  readonly dingtalk?: string
  readonly wecom?: string
  readonly feishu?: string
}

/** What is known of a mail address; nothing: it may be used. */
export interface AddressState {
  /** Its owner was asked to confirm it, first at this time, and did not yet. */
  readonly unverified?: { readonly since: UnixMs }
  /** Mail servers say that it is not there. */
  readonly disabled?: { readonly at: UnixMs; readonly why: string }
  /** Deliveries that were refused since the last that was taken, oldest first. */
  readonly refusals?: readonly { readonly delivery: Delivery['id']; readonly at: UnixMs }[]
}

export interface StoredContact extends Contact {
  readonly address?: AddressState
}

/** Alarms of one kind converge: the first is told at once, more of it within the window are held back. */
export interface Kind {
  readonly environment: string
  readonly policy: string
  readonly rule: string
  readonly service: string
  /** Interface, or title of an alert on notifies; '' for the whole service. */
  readonly subject: string
  readonly level: Severity
}

/** `all`: no node is named; wider than `node`. */
export type Scope = 'node' | 'all'

/** Convergence of one kind. */
export interface Convergence {
  readonly kind: Kind
  /** When the last message of this kind was planned: its window starts here. */
  readonly toldAt: UnixMs
  /** Widest scope told in this window. */
  readonly scope: Scope
  /** Held back in this window, oldest first; the newest 100, `heldCount` counts all. */
  readonly held: readonly AlertChange[]
  readonly heldCount: number
  /** Evaluation instant of the first that was held back; absent when none. */
  readonly heldSince?: UnixMs
  /** When what is held is told by itself; absent: with the next message of the kind. */
  readonly dueAt?: UnixMs
  /** Of a group of a route: what was told and may still fire; the newest 100. */
  readonly firing?: readonly AlertChange[]
  /** The first so many of `held` waited when they were looked at last. */
  readonly kept?: number
}

export type DeliveryState = 'waiting' | 'sending' | 'sent' | 'failed'

/** Channels to receivers: each has settings of its own. */
export const RECEIVER_KINDS = [
  'dingtalk',
  'wecom',
  'feishu',
  'webhook',
  'aliyun-sms',
  'aliyun-voice',
] as const
export type ReceiverKind = (typeof RECEIVER_KINDS)[number]
export const CHANNEL_KINDS = ['mail', ...RECEIVER_KINDS] as const
export type ChannelKind = (typeof CHANNEL_KINDS)[number]

/** A group's robot, a webhook, somebody's phone: what an environment tells besides contacts. */
export interface Receiver {
  readonly id: string
  readonly environment: string
  readonly kind: ReceiverKind
  readonly name: string
  readonly language: Language
  /** IANA name. */
  readonly timeZone: string
  /** As the settings schema of its kind takes them; holds secrets, sealed at rest. */
  readonly settings: unknown
}

/** Without what is secret. */
export interface ReceiverHead extends Omit<Receiver, 'settings'> {
  /** Of SMS and calls: the numbers of the receiver itself; absent: not known. */
  readonly phones?: readonly string[]
}

export interface StoredReceiver extends Receiver {
  /** Its channel said that nothing will arrive there until a person acts; saving it again ends that. */
  readonly disabled?: { readonly at: UnixMs; readonly why: string }
}

export interface ReceiverStore {
  receiver(environment: string, id: Receiver['id']): Promise<StoredReceiver | undefined>
}

/** A rendered message, ready to hand to a channel. */
export interface Message {
  /** One line. */
  readonly subject: string
  /** What the channel sends: plain text for mail, markdown for robots, JSON for webhooks and phones. */
  readonly text: string
  /** Of a mail; '' elsewhere. */
  readonly html: string
  /** Of a mail: SVG that its html shows, sent as PNG. */
  readonly picture?: string
}

/** One message for one contact by one channel. */
export interface Delivery {
  /** Also its dedup key: a repeat carries the same Message-ID. */
  readonly id: string
  readonly environment: string
  readonly policy: string
  readonly contact: string
  readonly channel: ChannelKind
  /** Address of the contact when it was planned; id of the receiver for every channel but mail. */
  readonly to: string
  /** Of a robot: who is mentioned besides those of its settings. Of a phone: the contact's; absent: the receiver's own. */
  readonly people?: People
  readonly message: Message
  /** Alerts it tells of. */
  readonly alerts: readonly string[]
  readonly plannedAt: UnixMs
  /** What caused it: when the batch behind its newest alert arrived, or when the window of a digest ended. */
  readonly receivedAt: UnixMs
  readonly state: DeliveryState
  /** Tries so far. */
  readonly attempts: number
  /** Not before this; while `sending`, the end of the lease. */
  readonly dueAt: UnixMs
  readonly sentAt?: UnixMs
  /** The channel's last answer or error, for people. */
  readonly answer?: string
  /** Process or connection died between handing it over and storing the answer: it may have gone out more than once. */
  readonly maybeRepeated: boolean
}

export type NewDelivery = Omit<
  Delivery,
  'state' | 'attempts' | 'dueAt' | 'sentAt' | 'answer' | 'maybeRepeated'
> & {
  /** It tells the end of its alert: whatever its reader is still to be told of that goes out before. */
  readonly isEnd?: true
}

/** A stored change that was not planned yet. */
export interface PendingChange {
  readonly id: number
  readonly change: AlertChange
  /** It waited for the end of this mute. */
  readonly muted?: Mute['id']
}

/** Who was told of an alert. */
export interface Told {
  readonly alert: Alert['id']
  readonly policy: Policy['id']
  /** Or receiver. */
  readonly contact: Contact['id']
  /** The receiver by which the contact was told by phone. */
  readonly via?: Receiver['id']
}

export interface Audience {
  readonly environmentName: string
  readonly policies: readonly Policy[]
  readonly contacts: readonly StoredContact[]
  readonly groups?: readonly ContactGroup[]
  readonly rotas?: readonly Rota[]
  readonly receivers?: readonly ReceiverHead[]
  readonly mutes?: readonly Mute[]
  readonly routes?: RouteTree
  /** How the environment sees days; absent: as by default. */
  readonly calendar?: CalendarSettings
}

/** What planning one change (or one due digest) decided. */
export interface Plan {
  /** The change that is done with, unless it waits on; absent for a digest. */
  readonly change?: number
  readonly deliveries: readonly NewDelivery[]
  readonly convergences: readonly Convergence[]
  /** By which mute; with `until` the change is not done with, but waits. `isFirst`: it counts. */
  readonly muted?: {
    readonly mute: Mute['id']
    readonly until?: UnixMs
    readonly isFirst: boolean
  }
  readonly traces?: readonly Trace[]
  /** News that is planned anew: the route that held it back is gone. */
  readonly renewed?: readonly AlertChange[]
  /** To be looked at again; one that is there for the alert and policy stays as it is. */
  readonly reminders?: readonly Reminder[]
  /** What this plan comes of; once one of them is gone or has changed, it counts for nothing. */
  readonly reminded?: readonly Reminder[]
}

export interface PlanStore {
  /** Changes not planned yet, in the order they were saved, but those that wait beyond `now`, and of `except`. */
  pendingChanges(limit: number, now: UnixMs, except?: readonly string[]): Promise<PendingChange[]>
  /** When the first change that waits has waited long enough; undefined when none does. */
  firstHoldEnd(): Promise<UnixMs | undefined>
  audience(environment: string): Promise<Audience>
  /** Those there are of these kinds. */
  convergences(kinds: readonly Kind[]): Promise<Convergence[]>
  /** With something held back whose `dueAt` has come, those first that are due the longest; but of `except`. */
  dueConvergences(now: UnixMs, limit: number, except?: readonly string[]): Promise<Convergence[]>
  /** The first `dueAt`: when to look again. */
  firstDigestDue(): Promise<UnixMs | undefined>
  /** By deliveries that told of these alerts: who must hear that they are over. */
  toldOf(alerts: readonly Alert['id'][]): Promise<Told[]>
  /** Those that are over, or no longer there. */
  overOf(environment: string, alerts: readonly Alert['id'][]): Promise<Alert['id'][]>
  /** What fires, the newest first: sources of inhibition. */
  firing(environment: string, limit: number): Promise<Firing[]>
  /** In one transaction: all or none. A delivery whose id exists already stays as it is. */
  savePlans(plans: readonly Plan[]): Promise<void>
}

/** How a try ended. */
export type Outcome =
  | { readonly state: 'sent'; readonly at: UnixMs; readonly answer: string }
  | {
      readonly state: 'waiting'
      readonly dueAt: UnixMs
      readonly answer: string
      /** The connection died after the message was handed over: sets `maybeRepeated` of the delivery. */
      readonly maybeRepeated?: true
    }
  | {
      readonly state: 'failed'
      readonly at: UnixMs
      readonly answer: string
      /** Nothing was sent, for this reason: the traces of its alerts say so. */
      readonly unsent?: Unsent
    }

/** Why a mail, SMS or call that waited is not sent. */
export type Unsent = 'contact-gone' | 'address-changed' | 'address-disabled' | 'not-verified'

/** The end of one try. */
export interface Result {
  readonly id: Delivery['id']
  readonly outcome: Outcome
}

export interface Claim {
  readonly now: UnixMs
  readonly leaseMs: number
  /** So many of each lane. */
  readonly shares: readonly Share[]
  /** Not these: they are still in the caller's hands, even if their lease ran out. */
  readonly except?: readonly Delivery['id'][]
  /** Answers to store before, in the same transaction. */
  readonly results?: readonly Result[]
}

export interface OutboxStore {
  /** Those in which something waits or is being sent. */
  lanes(): Promise<Lane[]>
  /**
   * Takes due deliveries (waiting, or sending with a lease that ran out: those count as maybe repeated)
   * for one sender until `now + leaseMs`; no two callers get the same one.
   */
  claim(claim: Claim): Promise<Delivery[]>
  /** All or none. What was sent stays sent. */
  finish(results: readonly Result[]): Promise<void>
}
