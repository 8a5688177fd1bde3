import type { UnixMs } from '../../model/time.ts'
import type { AlertChange } from '../alerts/alert.ts'
import type { Picture } from '../picture/picture.ts'
import type { People } from './people.ts'
import type { Policy } from './policy.ts'
import type { Contact, ReceiverHead } from './ports.ts'

/** Alarms that converged: held back earlier, told now. */
export interface HeldBack {
  /** Oldest first; may be fewer than `count`. */
  readonly changes: readonly AlertChange[]
  readonly count: number
  /** Evaluation instant of the first. */
  readonly since: UnixMs
}

/** Why an alarm is told once more. */
export type Again =
  | {
      readonly why: 'not-acknowledged' | 'not-delivered'
      /** Of the escalation of the policy, from 1. */
      readonly step: number
      readonly steps: number
      /** When it was told first. */
      readonly since: UnixMs
    }
  /** `since`: when it was snoozed. */
  | { readonly why: 'snooze-over'; readonly since: UnixMs }

/** What one contact or receiver is told in one message; a channel renders it. */
export interface Notice {
  readonly environment: { readonly id: string; readonly name: string }
  readonly policy: Policy
  /** For a receiver: its id, name, language and time zone; by phone the contact's id and name instead. */
  readonly contact: Contact
  readonly receiver?: ReceiverHead
  /** As `Delivery.people`. */
  readonly people?: People
  readonly headline: AlertChange
  readonly heldBack?: HeldBack
  readonly again?: Again
  /** What the headline is about. */
  readonly picture?: Picture
}
