/** The tables as kysely sees them; `migrations/` makes them. Times are integer milliseconds. */
import type { GeneratedAlways, Kysely } from 'kysely'
import type { AlertState, Severity } from '../alerts/alert.ts'
import type { FrameworkType } from '../api/ports.ts'
import type { Act } from '../notify/acts/act.ts'
import type { ChannelKind, DeliveryState, Language, ReceiverKind, Scope } from '../notify/ports.ts'
import type { TemplateKind } from '../notify/templates/template.ts'
import type { Trace } from '../notify/trace.ts'

export interface EnvironmentRow {
  id: string
  name: string
  framework: FrameworkType
  created_at: number
  expires_at: number
  /** SHA-256 of the key. */
  key_hash: string
  key_sealed: string
  retention_days: number | null
  hourly_retention_days: number | null
}

export interface AgentRow {
  environment: string
  agent: string
  host: string
  version: string
  address: string
  started_at: number
  seen_at: number
  window_end_ms: number | null
  /** JSON; null before its first heartbeat. */
  told: string | null
  /** When it last said that it can poll; null when its newest heartbeat says that it cannot. */
  polls_at: number | null
}

export interface LeaseRow {
  environment: string
  agent: string
  epoch: string
  started_at: number
  term: number
  expires_at: number
  idle_since: number | null
}

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

export interface PolicyRow {
  environment: string
  id: string
  name: string
  /** JSON. */
  services: string
  /** JSON. */
  contacts: string
  /** JSON of all else that it says; null: nothing. */
  settings: string | null
}

export interface ContactGroupRow {
  environment: string
  id: string
  name: string
  /** JSON. */
  contacts: string
}

export interface ContactRow {
  environment: string
  id: string
  name: string
  email: string
  language: Language
  time_zone: string
  /** JSON; null: the address may be used. */
  address_state: string | null
  phone: string | null
  dingtalk: string | null
  wecom: string | null
  feishu: string | null
}

export interface RotaRow {
  environment: string
  id: string
  /** JSON. */
  body: string
}

export interface ReceiverRow {
  environment: string
  id: string
  kind: ReceiverKind
  name: string
  language: Language
  time_zone: string
  /** JSON, sealed. */
  settings_sealed: string
  disabled_at: number | null
  disabled_why: string | null
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

export interface TokenRow {
  environment: string
  id: string
  name: string
  scopes: 'read' | 'write' | 'read,write'
  token_hash: string
  created_at: number
  used_at: number | null
}

export interface OwnRuleRow {
  environment: string
  id: string
  /** JSON. */
  body: string
}

export interface ThresholdsRow {
  environment: string
  /** JSON. */
  thresholds: string
}

export interface CalendarRow {
  environment: string
  /** JSON. */
  settings: string
}

export interface TemplateRow {
  environment: string
  kind: TemplateKind
  language: Language
  /** JSON. */
  parts: string
  /** JSON; null: it has not failed since it was saved. */
  failed: string | null
}

export interface SummaryRow {
  environment: string
  id: string
  /** JSON. */
  body: string
  /** Summaries of what was before are made. */
  made_to: number
}

export interface DrillPlanRow {
  environment: string
  /** JSON. */
  body: string
  saved_at: number
  /** The drills of this month and those before were begun; '' before the first. */
  month: string
}

export interface DrillRow {
  environment: string
  id: string
  begun_at: number
  /** Null while it is under way. */
  ended_at: number | null
  /** JSON. */
  body: string
}

/** Of an environment the newest version counts. */
export interface RouteTreeRow {
  environment: string
  version: number
  body: string
  /** JSON; `null`: there is none. */
  tree: string
  author: string
  saved_at: number
}

export interface Tables {
  environments: EnvironmentRow
  agents: AgentRow
  leases: LeaseRow
  policies: PolicyRow
  contacts: ContactRow
  contact_groups: ContactGroupRow
  rotas: RotaRow
  verification_mails: { address: string; at: number }
  receivers: ReceiverRow
  templates: TemplateRow
  summaries: SummaryRow
  drill_plans: DrillPlanRow
  drills: DrillRow
  mutes: MuteRow
  route_trees: RouteTreeRow
  traces: TraceRow
  acts: ActRow
  reminders: ReminderRow
  progress: ProgressRow
  alerts: AlertRow
  alert_changes: AlertChangeRow
  convergences: ConvergenceRow
  deliveries: DeliveryRow
  delivery_alerts: { alert: string; delivery: string }
  users: { id: string; name: string; password_hash: string }
  tokens: TokenRow
  own_rules: OwnRuleRow
  thresholds: ThresholdsRow
  calendars: CalendarRow
  sessions: { token_hash: string; user_id: string; expires_at: number }
  /** The last number given out under a name. */
  counters: { name: string; value: number }
  /** Facts about the database itself. */
  facts: { name: string; value: string }
}

/** The database or a transaction in it. Inside a transaction await nothing but the transaction. */
export type Database = Kysely<Tables>
