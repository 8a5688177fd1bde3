/** Who is told of what, when and how. */
import type { Severity } from '../alerts/alert.ts'
import type { DayTimes } from './day-times.ts'
import type { RouteNode } from './routing/route-tree.ts'

/**
 * Of alarms of one kind `realtime` tells the first at once and more of them with the next message; `digest`
 * collects them and tells them at the end of the window; `both` tells the first at once, the rest at the end.
 */
export type PolicyMode = 'realtime' | 'digest' | 'both'

/** `errors`: alarms of level ERROR are told, others held. `hold`: all wait for the next hours. */
export type OffHours = 'tell' | 'errors' | 'hold'

/** When a policy tells: within `times`; what of the rest is told all the same. */
export interface PolicyHours {
  /** IANA name. */
  readonly timeZone: string
  /** `workday` and `weekend` as the environment's calendar says; none: all day. */
  readonly times: readonly (DayTimes & { readonly days: readonly ('workday' | 'weekend')[] })[]
  readonly outside: OffHours
  /** On days that the calendar calls holidays; `weekend`: as on a weekend. */
  readonly holidays: OffHours | 'weekend'
}

/** Who else is told of an alarm of which nobody took notice. */
export interface EscalationStep {
  /** After the alarm was told. */
  readonly afterMinutes: number
  /** What makes it unnecessary: that somebody acknowledged it; that a message of it was sent to anybody. */
  readonly unless: 'acknowledged' | 'delivered'
  /** Ids. */
  readonly contacts: readonly string[]
  readonly groups: readonly string[]
  /** Who is on call then is told. */
  readonly rotas?: readonly string[]
  readonly receivers: readonly string[]
}

/** A notification (通知配置). */
export interface Policy {
  readonly id: string
  readonly environment: string
  readonly name: string
  /** `*`, `App`, `App.Server` or `App.Server/interface`; `*` in them stands for any text. */
  readonly services: readonly string[]
  /** Names of rules, `*` stands for any text; absent: all. */
  readonly alarms?: readonly string[]
  /** Absent: all. */
  readonly severities?: readonly Severity[]
  /** Ids of contacts, or all of the environment, also those added later. */
  readonly contacts: readonly string[] | 'all'
  /** Ids of contact groups. */
  readonly groups?: readonly string[]
  /** Ids of rotas: who is on call when it goes out is told. */
  readonly rotas?: readonly string[]
  /** Ids of receivers. */
  readonly receivers?: readonly string[]
  /** Absent: `both`. */
  readonly mode?: PolicyMode
  /** Absent: always. */
  readonly hours?: PolicyHours
  /** Later steps come later. Absent: nobody else is told. */
  readonly escalation?: readonly EscalationStep[]
  /** It is this node of the tree of routes: that decides what it tells, and when. */
  readonly route?: RouteNode
  /** It tells nothing but the end of what it told. */
  readonly off?: true
}

/** What an environment begins with, by the language of who made it. */
const FIRST = { id: 'default', names: { zh: '默认通知', en: 'Default' } } as const

/** The name as it was given; of what an environment begins with, unless somebody renamed it, as its reader calls it. */
export function nameFor({ id, name }: Pick<Policy, 'id' | 'name'>, language: 'zh' | 'en'): string {
  const { zh, en } = FIRST.names
  const isFirst = id === FIRST.id && (name === zh || name === en)
  return isFirst ? FIRST.names[language] : name
}

/** Contacts under one name. */
export interface ContactGroup {
  readonly id: string
  readonly environment: string
  readonly name: string
  /** Ids; one that is gone counts for nothing. */
  readonly contacts: readonly string[]
}
