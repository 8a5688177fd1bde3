/** What the Prometheus door needs of others. */
import type { Labels } from '../../../model/labels.ts'
import type { UnixMs } from '../../../model/time.ts'
import type { Expr, Matcher, Value } from '../../../promql/index.ts'
import type { Living } from '../../alerts/judge.ts'
import type { LastEvaluation } from '../../rules/last-evaluations.ts'
import type { RuleSet } from '../../rules/rule.ts'

/** What one query may use. */
export interface QueryOptions {
  readonly timeoutMs: number
  /** How old a sample may be that an instant selector still takes; undefined: 5 minutes. */
  readonly lookbackMs: number | undefined
  /** Aborts when the client has gone or the time is over. */
  readonly signal: AbortSignal
}

export interface Range {
  readonly startMs: UnixMs
  readonly endMs: UnixMs
  readonly stepMs: number
}

/** Which series are asked for: those that satisfy one of the sets; without a set all. */
export interface Selection {
  readonly sets: readonly (readonly Matcher[])[]
  readonly startMs: UnixMs
  readonly endMs: UnixMs
  readonly signal: AbortSignal
}

/** The series of all environments. Rejects with `PromqlError`, or a `Failure` of the store. */
export interface SeriesReads {
  instant(environment: string, expr: Expr, at: UnixMs, options: QueryOptions): Promise<Value>
  range(environment: string, expr: Expr, range: Range, options: QueryOptions): Promise<Value>
  /** In no order, none twice. */
  labelSets(environment: string, selection: Selection): Promise<readonly Labels[]>
  /** In no order, none twice. */
  labelNames(environment: string, selection: Selection): Promise<readonly string[]>
  /** In no order, none twice, '' not among them. */
  labelValues(environment: string, name: string, selection: Selection): Promise<readonly string[]>
}

export interface RuleReads {
  rules(environment: string): RuleSet
  /** When each group was evaluated last, by its key. */
  progress(
    environment: string,
  ): Promise<readonly { readonly group: string; readonly evaluatedAt: UnixMs }[]>
  /** Alerts that are pending or firing, with their rules. */
  living(environment: string): Promise<readonly Living[]>
  /** How the last evaluation of a group went, by its key; undefined when nothing is known. */
  lastEvaluation?(environment: string, group: string): LastEvaluation | undefined
}
