/** The rules of each environment: those that all have, and its own. */
import type { RuleGroup, RuleSet } from './rule.ts'
import { type RuleFeeds, ruleFeeds } from './rule-feeds.ts'

export interface Rules {
  readonly rules: RuleSet
  readonly feeds: RuleFeeds
}

export class EnvironmentRules {
  #shared: Rules
  readonly #own = new Map<string, readonly RuleGroup[]>()
  /** Of environments with groups of their own. */
  readonly #together = new Map<string, Rules>()

  constructor(shared: RuleSet) {
    this.#shared = withFeeds(shared)
  }

  of(environment: string): Rules {
    return this.#together.get(environment) ?? this.#shared
  }

  share(rules: RuleSet): void {
    this.#shared = withFeeds(rules)
    for (const [environment, groups] of this.#own) this.#join(environment, groups)
  }

  /** Groups of this environment alone, in the place of those it had. Their keys are none of the others. */
  setOwn(environment: string, groups: readonly RuleGroup[]): void {
    this.forget(environment)
    if (groups.length === 0) return
    this.#own.set(environment, groups)
    this.#join(environment, groups)
  }

  forget(environment: string): void {
    this.#own.delete(environment)
    this.#together.delete(environment)
  }

  #join(environment: string, own: readonly RuleGroup[]): void {
    const { files, groups } = this.#shared.rules
    this.#together.set(environment, withFeeds({ files, groups: [...groups, ...own] }))
  }
}

function withFeeds(rules: RuleSet): Rules {
  return { rules, feeds: ruleFeeds(rules) }
}
