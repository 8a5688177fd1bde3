/** What rules need of others, and what they hand on. */
import type { Labels } from '../../model/labels.ts'
import type { FeedName } from '../../model/polled.ts'
import type { UnixMs } from '../../model/time.ts'
import type { AlertingRule, RecordingRule, Rule, RuleGroup, RuleSet } from './rule.ts'
import type { Sample } from './template/expand.ts'

export type { Sample } from './template/expand.ts'

/** The part of a PromQL value that rules look at. */
export type InstantValue =
  | { readonly type: 'vector'; readonly samples: readonly Sample[] }
  | { readonly type: 'scalar'; readonly value: number }
  | { readonly type: 'string' | 'matrix' }

/** The series of one environment. */
export interface Query {
  /** Rejects with `PromqlError` when the data do not fit the expression or it is too expensive. */
  instant(expr: string, at: UnixMs): Promise<InstantValue>
}

/**
 * Takes what rules write (with `__name__`; the stale marker ends a series); of the same instant again the first value
 * stays, unless this one `replaces` it. Rejects with the reason when some of it is not taken.
 */
export type Record = (
  environment: string,
  at: UnixMs,
  samples: readonly Sample[],
  replaces?: boolean,
) => Promise<void>

/** Where the groups of an environment stand, from the store. */
export interface ProgressSource {
  progress(
    environment: string,
  ): Promise<readonly { readonly group: string; readonly evaluatedAt: UnixMs }[]>
}

/** One element that an alerting rule found: labels with `alertname`, unique in its result. */
export interface AlertElement {
  readonly labels: Labels
  readonly value: number
  readonly annotations: Labels
}

export interface AlertingResult {
  readonly kind: 'alerting'
  readonly rule: AlertingRule
  readonly elements: readonly AlertElement[]
  /** Some of what it reads had not come: alerts it did not find stay as they are. */
  readonly partial?: true
  /** Why `ALERTS` does not tell of them; they count nevertheless. */
  readonly fault?: string
}

export type RuleResult =
  | AlertingResult
  | { readonly kind: 'recording'; readonly rule: RecordingRule; readonly count: number }
  /** Says nothing about its alerts: they stay as they are. */
  | { readonly kind: 'failed'; readonly rule: Rule; readonly message: string }

/** A group was evaluated. */
export interface Observation {
  readonly environment: string
  readonly group: RuleGroup
  /** All rules of now: alerts of rules that are not among them are over. */
  readonly rules: RuleSet
  readonly at: UnixMs
  /** The instant before; absent at the first. */
  readonly previousAt?: UnixMs
  /** When the batch that made it known arrived. */
  readonly receivedAt: UnixMs
  /** Feeds that had not come so far, and were not waited for any longer. */
  readonly late?: readonly FeedName[]
  readonly results: readonly RuleResult[]
}

/** An alert as `ALERTS` tells of it. */
export interface Standing {
  /** With `alertname`. */
  readonly labels: Labels
  readonly state: 'pending' | 'firing'
  readonly activeAt: UnixMs
}

/** The alerts of a rule, for `ALERTS`. */
export interface Standings {
  standing(environment: string, rules: RuleSet, rule: AlertingRule): Promise<readonly Standing[]>
  /** Those of the rule of its one result as they will stand when it is observed; nothing is kept of it. */
  standingAfter(observation: Observation): Promise<readonly Standing[]>
}
