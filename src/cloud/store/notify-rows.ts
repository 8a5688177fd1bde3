/** Tables of who is told, by what, and how. Times are integer milliseconds. */
import type { Language, ReceiverKind } from '../notify/ports.ts'
import type { TemplateKind } from '../notify/templates/template.ts'

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
