/** How the last evaluation of each group went, for people: kept in memory, of this process alone. */
import type { RuleResult } from './ports.ts'

export interface LastEvaluation {
  /** Real time: evaluating and saving. */
  readonly tookMs: number
  /** In the order of the group. */
  readonly rules: readonly RuleEvaluation[]
}

export interface RuleEvaluation {
  readonly tookMs: number
  /** Why it failed. */
  readonly fault?: string
}

export class LastEvaluations {
  /** Environment → key of the group. */
  readonly #byEnvironment = new Map<string, Map<string, LastEvaluation>>()

  of(environment: string, group: string): LastEvaluation | undefined {
    return this.#byEnvironment.get(environment)?.get(group)
  }

  /** Answers the rules that failed otherwise than the time before. */
  note(
    environment: string,
    group: string,
    results: readonly RuleResult[],
    took: { readonly groupMs: number; readonly ruleMs: readonly number[] },
  ): Extract<RuleResult, { kind: 'failed' }>[] {
    const before = this.of(environment, group)
    const rules = results.map((result, index) => {
      const fault = result.kind === 'failed' && { fault: result.message }
      return { tookMs: took.ruleMs[index] ?? 0, ...fault }
    })
    const groups = this.#byEnvironment.get(environment) ?? new Map<string, LastEvaluation>()
    groups.set(group, { tookMs: took.groupMs, rules })
    this.#byEnvironment.set(environment, groups)
    return results
      .filter((result) => result.kind === 'failed')
      .filter((failed) => {
        const index = results.indexOf(failed)
        return before?.rules[index]?.fault !== failed.message
      })
  }

  forget(environment: string): void {
    this.#byEnvironment.delete(environment)
  }

  clear(): void {
    this.#byEnvironment.clear()
  }
}
