/** How the last evaluation of each group went, for people: kept in memory, of this process alone. */
import type { FeedName } from '../../model/polled.ts'
import type { RuleResult } from './ports.ts'
import type { Rule, RuleGroup } from './rule.ts'

export interface LastEvaluation {
  /** Real time: evaluating and saving. */
  readonly tookMs: number
  /** Feeds that had not come so far, and were not waited for any longer. */
  readonly late?: readonly FeedName[]
  /** In the order of the group; undefined of one that is new in it. */
  readonly rules: readonly (RuleEvaluation | undefined)[]
}

export interface RuleEvaluation {
  readonly tookMs: number
  /** Why it failed, or what of it did. */
  readonly fault?: string
}

interface Noted extends LastEvaluation {
  readonly of: readonly Rule[]
}

export class LastEvaluations {
  /** Environment → key of the group. */
  readonly #byEnvironment = new Map<string, Map<string, Noted>>()

  of(environment: string, group: string): LastEvaluation | undefined {
    return this.#byEnvironment.get(environment)?.get(group)
  }

  /** Answers the faults that were not there the time before. */
  note(
    environment: string,
    group: string,
    results: readonly RuleResult[],
    how: {
      readonly groupMs: number
      readonly ruleMs: readonly number[]
      readonly late?: readonly FeedName[] | undefined
    },
  ): { readonly rule: string; readonly fault: string }[] {
    const before = this.of(environment, group)
    const rules = results.map((result, index) => {
      const fault = faultOf(result)
      return { tookMs: how.ruleMs[index] ?? 0, ...(fault !== undefined && { fault }) }
    })
    const groups = this.#byEnvironment.get(environment) ?? new Map<string, Noted>()
    const of = results.map(({ rule }) => rule)
    groups.set(group, { tookMs: how.groupMs, rules, of, ...(how.late && { late: how.late }) })
    this.#byEnvironment.set(environment, groups)
    return results.flatMap((result, index) => {
      const fault = faultOf(result)
      if (fault === undefined || before?.rules[index]?.fault === fault) return []
      return [{ rule: result.rule.name, fault }]
    })
  }

  /** These are the groups from now on: what is known of rules that are still there stays. */
  reload(environment: string, groups: readonly RuleGroup[]): void {
    const before = this.#byEnvironment.get(environment)
    if (!before) return
    const after = new Map<string, Noted>()
    for (const { key, rules: of } of groups) {
      const noted = before.get(key)
      if (!noted) continue
      const known = new Map(noted.of.map((rule, index) => [rule, noted.rules[index]]))
      after.set(key, { ...noted, of, rules: of.map((rule) => known.get(rule)) })
    }
    this.#byEnvironment.set(environment, after)
  }

  forget(environment: string): void {
    this.#byEnvironment.delete(environment)
  }

  clear(): void {
    this.#byEnvironment.clear()
  }
}

function faultOf(result: RuleResult): string | undefined {
  if (result.kind === 'failed') return result.message
  return result.kind === 'alerting' ? result.fault : undefined
}
