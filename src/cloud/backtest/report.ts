/** What a backtest tells. Plain data: it is also printed as JSON. */
import type { Labels } from '../../model/labels.ts'
import type { UnixMs } from '../../model/time.ts'
import type { Severity } from '../alerts/alert.ts'
import type { Judged } from './judged.ts'
import type { Told } from './mailing.ts'
import type { Noise } from './noise.ts'
import type { SlowReason } from './plan.ts'

/** One alarm, from the instant it fired. */
export interface Alarm {
  readonly id: string
  readonly rule: string
  readonly severity: Severity
  readonly labels: Labels
  /** When it fired. */
  readonly value: number
  readonly annotations: Labels
  readonly activeAt: UnixMs
  readonly firedAt: UnixMs
  /** Absent: it was firing at the end. */
  readonly resolvedAt?: UnixMs
}

/** Why a rule said nothing at some instants. */
export interface FailedRule {
  readonly group: string
  readonly rule: string
  /** Instants. */
  readonly times: number
  readonly firstAt: UnixMs
  /** Of the first. */
  readonly message: string
}

export interface BacktestReport extends Judged {
  readonly fromMs: UnixMs
  readonly toMs: UnixMs
  /** Rule evaluations: rules times instants. */
  readonly evaluations: number
  readonly services: number
  readonly alarmCount: number
  /** In the order in which they fired; the first 1,000. */
  readonly alarms: readonly Alarm[]
  readonly byRule: Readonly<Record<string, number>>
  readonly messageCount: number
  /** In the order of time; the first 1,000. */
  readonly messages: readonly Told[]
  readonly byContact: Readonly<Record<string, number>>
  /** Of the time that was judged; null: nothing was. */
  readonly noise: Noise | null
  /** Groups that were evaluated instant by instant, which takes longer. */
  readonly slow: readonly { readonly group: string; readonly reason: SlowReason }[]
  /** Recording rules that no other rule reads: not evaluated. */
  readonly unread: readonly string[]
  readonly failed: readonly FailedRule[]
  /** What is stored and could not be read, in words: the rest counts. A few of them. */
  readonly unreadable: readonly string[]
}
