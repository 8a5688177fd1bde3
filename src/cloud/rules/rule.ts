/** The nouns of rules: what rule files are parsed into. */
import type { Labels } from '../../model/labels.ts'
import type { Expr } from '../../promql/index.ts'
import type { Template } from './template/syntax.ts'

export interface RuleSet {
  readonly files: readonly string[]
  /** In the order of files and within them. */
  readonly groups: readonly RuleGroup[]
}

/** Rules that are evaluated one after the other at the same instant. */
export interface RuleGroup {
  /** `tars.yaml;tars`: name of file and group, unique in a rule set; progress is kept under it. */
  readonly key: string
  readonly file: string
  readonly name: string
  /** Instants are its multiples. */
  readonly intervalMs: number
  /** Data are asked as of this long before the instant. */
  readonly queryOffsetMs: number
  /** Most results of one rule, 0 for any number. */
  readonly limit: number
  readonly rules: readonly Rule[]
}

export type Rule = AlertingRule | RecordingRule

interface RuleBase {
  readonly name: string
  /** The expression as written. */
  readonly text: string
  /** As evaluated: `$span` and its like read, the readings joined by `or`. */
  readonly query: string
  readonly expr: Expr
  /** Of group and rule; templates in alerting rules. */
  readonly labels: readonly TemplatedLabel[]
  /** Where its expression stands. */
  readonly line: number
  readonly column: number
}

export interface AlertingRule extends RuleBase {
  readonly kind: 'alerting'
  readonly forMs: number
  readonly keepFiringMs: number
  readonly annotations: readonly TemplatedLabel[]
  /** Those of `labels` that are the same for every alert. */
  readonly fixedLabels: Labels
  /** It looks at nothing but notifies (`tars_notify_events`). */
  readonly ofEvents: boolean
}

export interface RecordingRule extends RuleBase {
  readonly kind: 'recording'
}

export interface TemplatedLabel {
  readonly name: string
  readonly template: Template
}
