/** What travels through the pipeline, and what a stage is. */
import type { UnixMs } from '../../../model/time.ts'
import type { Alert, AlertChange } from '../../alerts/alert.ts'
import type { Act } from '../acts/act.ts'
import type { Mute } from '../mute.ts'
import type { Again, HeldBack, Notice } from '../notice.ts'
import type { Policy } from '../policy.ts'
import type { Audience, Contact, Convergence, Told } from '../ports.ts'
import type { Inhibitor } from '../routing/inhibition.ts'

/** Why a stage decided as it did; closed, so that it can be shown and counted. */
export type Reason =
  | 'muted'
  | 'over-while-muted'
  | 'inhibited'
  | 'over-while-inhibited'
  | 'acknowledged'
  | 'snoozed'
  | 'closed'
  | 'covered'
  | 'other-services'
  | 'other-alarms'
  | 'other-levels'
  | 'policy-off'
  | 'no-receiver'
  | 'folded'
  | 'first-of-kind'
  | 'window-over'
  | 'wider-scope'
  | 'within-window'
  | 'digest-only'
  | 'outside-hours'
  | 'digest-due'
  | 'group-wait'
  | 'group-interval'
  | 'group-due'
  | 'repeat-due'
  | 'over-in-group'
  | 'snooze-over'
  | 'not-acknowledged'
  | 'not-delivered'
  | 'delivered'
  | 'told-before'
  | 'over-while-held'
  | 'never-told'
  | 'addressed'
  | 'mentioned'
  | 'phoned'
  | 'no-address'
  | 'no-phone'
  | 'not-verified'
  | 'address-disabled'
  | 'address-changed'
  | 'nobody-on-call'
  | 'contact-gone'
  | 'policy-gone'
  | 'not-plannable'

export type Verdict = 'tell' | 'hold' | 'drop'

/** One line of the answer to "why was I (not) told?" */
export interface Decision {
  readonly stage:
    | 'mute'
    | 'acts'
    | 'inhibit'
    | 'route'
    | 'resolved'
    | 'times'
    | 'converge'
    | 'escalate'
    | 'address'
    | 'plan'
  /** '' where it is no policy's matter. */
  readonly policy: Policy['id']
  /** Of a group the alert that it is about; absent: all that the group tells. */
  readonly alert?: Alert['id']
  readonly mute?: Mute['id']
  /** The rule that inhibits it. */
  readonly by?: string
  /** The alert that inhibits it. */
  readonly source?: Alert['id']
  /** Or receiver, or a rota that has nobody on call. */
  readonly contact?: Contact['id']
  readonly verdict: Verdict
  readonly reason: Reason
}

/** A contact who is told by phone, and by which receiver. */
export type Phoned = Required<Pick<Told, 'contact' | 'via'>>

/** One message under one policy, not yet addressed. */
export interface Telling {
  readonly policy: Policy
  readonly headline: AlertChange
  readonly heldBack?: HeldBack
  /** Exactly these contacts and receivers; absent: those of the policy. */
  readonly contacts?: readonly Contact['id'][]
  /** Exactly these by phone; absent: the contacts, by each receiver that goes to phones. */
  readonly phoned?: readonly Phoned[]
  readonly again?: Again
  /** It waits for the hours of its policy. */
  readonly holdUntil?: UnixMs
}

/** The news and what has been decided so far. */
export interface Envelope {
  readonly news: AlertChange
  readonly tellings: readonly Telling[]
  readonly notices: readonly Notice[]
  /** As they shall be from now on. */
  readonly convergences: readonly Convergence[]
  readonly trace: readonly Decision[]
  /** What was held back by a route that is gone: others may tell of it. */
  readonly renewed?: readonly AlertChange[]
  /** Nothing more is decided. */
  readonly closed?: boolean
  /** By which mute (or `INHIBITED`), and how long it waits; absent: it is not told then, either. */
  readonly muted?: { readonly mute: Mute['id']; readonly until?: UnixMs }
}

/** What the stages know of the world. */
export interface Facts {
  readonly at: UnixMs
  /** Of one kind one message within this time. */
  readonly windowMs: number
  readonly audience: Audience
  /** Of the kinds the news belongs to, under the policies of `concerned`. */
  readonly convergences: readonly Convergence[]
  readonly toldOf: readonly Omit<Told, 'alert'>[]
  /** The news waited for the end of a mute, and its alert is over now. */
  readonly over?: boolean
  /** The same of the end of its source. */
  readonly overInhibited?: boolean
  /** What inhibits; absent: nothing. */
  readonly inhibitor?: Inhibitor | undefined
  /** Alerts of groups of routes that are over. */
  readonly ended?: ReadonlySet<string>
  /** The newest act on each alert, also those that are held back. */
  readonly handled?: ReadonlyMap<string, Act>
  /** Why the news is told once more. */
  readonly again?: Again
}

/** A pure decision: the envelope with what it adds or takes away, and a line of trace for each. */
export type Stage = (envelope: Envelope, facts: Facts) => Envelope
