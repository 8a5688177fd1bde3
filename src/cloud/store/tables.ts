/** The tables as kysely sees them; `migrations/` makes them. Times are integer milliseconds. */
import type { Kysely } from 'kysely'
import type { FrameworkType } from '../api/ports.ts'
import type {
  ActRow,
  AlertChangeRow,
  AlertRow,
  ConvergenceRow,
  DeliveryRow,
  MuteRow,
  ProgressRow,
  ReminderRow,
  TraceRow,
} from './alert-rows.ts'
import type {
  ContactGroupRow,
  ContactRow,
  DrillPlanRow,
  DrillRow,
  PolicyRow,
  ReceiverRow,
  RotaRow,
  RouteTreeRow,
  SummaryRow,
  TemplateRow,
} from './notify-rows.ts'

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

export interface RuleFileRow {
  environment: string
  name: string
  body: string
  author: string
  saved_at: number
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
  rule_files: RuleFileRow
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
