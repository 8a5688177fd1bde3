/** Tables of alarms, what was done about them, and what is sent of them. Times are integer milliseconds. */
import type { GeneratedAlways } from 'kysely'
import type { AlertState, Severity } from '../alerts/alert.ts'
import type { Act } from '../notify/acts/act.ts'
import type { ChannelKind, DeliveryState, Scope } from '../notify/ports.ts'
import type { Trace } from '../notify/trace.ts'

export interface ProgressRow {
  environment: string
  rule_group: string
  evaluated_at: number
}

export interface AlertRow {
  environment: string
  id: string
  rule: string
  /** JSON. */
  labels: string
  /** JSON. */
  annotations: string
  severity: Severity
  state: AlertState
  /** Decimal text: neither JSON nor every database keeps NaN and infinities. */
  value: string
  active_at: number
  fired_at: number | null
  cleared_at: number | null
  resolved_at: number | null
  /** JSON. */
  events: string
  /** JSON; null before its cause was looked for. */
  standing: string | null
  /** JSON. */
  story: string | null
}

/** Only changes that are not planned yet. */
export interface AlertChangeRow {
  id: number
  environment: string
  at: number
  /** JSON. */
  change_json: string
  /** Null of those saved by an earlier version. */
  alert: string | null
  /** Waits for its cause, until then at the latest; null when it does not. */
  hold_until: number | null
  /** JSON. */
  story: string | null
  /** The mute for whose end it waits. */
  muted: string | null
}

export interface MuteRow {
  environment: string
  id: string
  /** JSON. */
  body: string
  ends_at: number
  muted: number
  muted_at: number | null
}

export interface TraceRow {
  environment: string
  alert: string
  at: number
  kind: Trace['kind']
  /** JSON. */
  lines: string
}

export interface ActRow {
  environment: string
  alert: string
  /** From 1, in the order in which people acted. */
  place: number
  at: number
  kind: Act['kind']
  until_at: number | null
  /** JSON of the rest. */
  body: string
}

export interface ReminderRow {
  environment: string
  alert: string
  policy: string
  step: number
  since_at: number
  due_at: number
  held: number
}

export interface ConvergenceRow {
  environment: string
  policy: string
  rule: string
  service: string
  subject: string
  level: Severity
  told_at: number
  scope: Scope
  /** JSON. */
  held: string
  held_count: number
  held_since: number | null
  due_at: number | null
  /** JSON; null but of groups of routes. */
  firing: string | null
  kept: number | null
}

export interface DeliveryRow {
  id: string
  environment: string
  policy: string
  contact: string
  channel: ChannelKind
  to_address: string
  subject: string
  body_text: string
  body_html: string
  /** SVG. */
  picture: string | null
  /** JSON; `delivery_alerts` is its index. */
  alerts: string
  planned_at: number
  received_at: number
  state: DeliveryState
  attempts: number
  due_at: number
  sent_at: number | null
  answer: string | null
  maybe_repeated: number
  /** JSON; null: nobody. */
  people: string | null
  /** As `laneOf` in `notify/lane.ts`. */
  lane: GeneratedAlways<string>
}
