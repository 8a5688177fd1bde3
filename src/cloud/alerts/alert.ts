/** The nouns of alarms: an alert, its changes. */
import type { NotifyEvent } from '../../model/event.ts'
import type { Labels } from '../../model/labels.ts'
import type { UnixMs } from '../../model/time.ts'

export type AlertState = 'pending' | 'firing' | 'resolved'

/** `severity` of a rule's labels; rules without it are WARN. */
export type Severity = 'ERROR' | 'WARN' | 'INFO'

/**
 * One run of an alert, from pending or firing to resolved. A resolved alert that comes back is a new run.
 * Identity while it lives: (environment, rule, labels).
 */
export interface Alert {
  /** Made from environment, rule, labels and `activeAt`, so that evaluating again gives the same. */
  readonly id: string
  readonly environment: string
  /** Name of the alerting rule; also `labels.alertname`. */
  readonly rule: string
  readonly labels: Labels
  /** Expanded at the last evaluation at which the condition held: `title`, `description`, `title_en` … */
  readonly annotations: Labels
  readonly severity: Severity
  readonly state: AlertState
  /** The value of the expression at the last evaluation at which it held. */
  readonly value: number
  readonly activeAt: UnixMs
  readonly firedAt?: UnixMs
  /** The condition stopped holding; absent while it holds. */
  readonly clearedAt?: UnixMs
  readonly resolvedAt?: UnixMs
  /** Of an alert on notifies: the newest 50 texts, oldest first. */
  readonly events: readonly NotifyEvent[]
}

/** `repeated`: an alert on notifies that fires has new events. Alerts on notifies have no `resolved` news. */
export type ChangeKind = 'fired' | 'repeated' | 'resolved'

/** Text with instants (numbers) in it, which each reader sees in the local time. */
export type StoryLine = readonly (string | UnixMs)[]

/** An alert that tells of the cause of others. */
export interface Teller {
  readonly alert: Alert['id']
  readonly service: string
  /** By what it may be muted; absent in stories of versions before. */
  readonly mutable?: Pick<Alert, 'labels' | 'rule' | 'severity'>
}

/** What is known of why an alert is there. */
export interface Story {
  readonly zh: readonly StoryLine[]
  readonly en: readonly StoryLine[]
  /** The alert that tells of the same cause: who is told of that is not told of this one. */
  readonly into?: Teller
}

/** News of an alert that somebody may have to be told; saved with the alert, in one transaction. */
export interface AlertChange {
  readonly kind: ChangeKind
  /** Evaluation instant. */
  readonly at: UnixMs
  /** When the batch that made it known arrived at the cloud. */
  readonly receivedAt: UnixMs
  /** As of this change; `events` holds only what is new with it. */
  readonly alert: Alert
  /** Of `fired`, when its cause was looked for. */
  readonly story?: Story
  /** It tells of what is over: told as it is, and without an end. */
  readonly isPast?: true
}
