/** The rules that people made: saved, checked, handed to whoever evaluates them. */
import { Failure } from '../../../support/failure.ts'
import type { RuleGroup } from '../rule.ts'
import { readRule } from './compile.ts'
import { type OwnGroups, ownGroups } from './own-groups.ts'
import { nameOf, type OwnRule } from './own-rule.ts'

const MAX_RULES = 200

export interface OwnRuleStore {
  /** Of all environments. */
  ownRules(): Promise<OwnRule[]>
  saveOwnRule(rule: OwnRule): Promise<void>
  removeOwnRule(environment: string, id: string): Promise<boolean>
}

export interface OwnRuleBookOptions {
  readonly store: OwnRuleStore
  /** Other rules of this environment: those that all have, and of files that were uploaded for it. */
  others(environment: string): readonly RuleGroup[]
  /** Other groups count for this environment from now on. */
  changed(environment: string, groups: readonly RuleGroup[]): void
}

/** `invalid`: what PromQL or the templates say; `taken`: its name; `limit-reached`; `not-found`. */
export class OwnRuleFailure extends Failure<'invalid' | 'taken' | 'limit-reached' | 'not-found'> {}

const NOTHING = ownGroups([])

export class OwnRuleBook {
  readonly #options: OwnRuleBookOptions
  /** By environment. */
  readonly #rules = new Map<string, readonly OwnRule[]>()
  readonly #groups = new Map<string, OwnGroups>()
  #turn: Promise<unknown> = Promise.resolve()

  constructor(options: OwnRuleBookOptions) {
    this.#options = options
  }

  /** All that is in the store. */
  async load(): Promise<void> {
    const all = Map.groupBy(await this.#options.store.ownRules(), ({ environment }) => environment)
    for (const [environment, rules] of all) this.#take(environment, rules)
  }

  rules(environment: string): readonly OwnRule[] {
    return this.#rules.get(environment) ?? []
  }

  groups(environment: string): OwnGroups {
    return this.#groups.get(environment) ?? NOTHING
  }

  /** A new one, or one that is there. Rejects with `OwnRuleFailure`: then nothing changes. */
  save(rule: OwnRule, isNew: boolean): Promise<void> {
    return this.#inTurn(async () => {
      const { environment, id } = rule
      const before = this.rules(environment)
      this.#check(rule, isNew, before)
      await this.#options.store.saveOwnRule(rule)
      this.#take(environment, [...before.filter((one) => one.id !== id), rule])
    })
  }

  /** Whether there was one. */
  remove(environment: string, id: string): Promise<boolean> {
    return this.#inTurn(async () => {
      const removed = await this.#options.store.removeOwnRule(environment, id)
      const rest = this.rules(environment).filter((one) => one.id !== id)
      if (removed) this.#take(environment, rest)
      return removed
    })
  }

  /** The environment is gone. */
  forget(environment: string): void {
    this.#rules.delete(environment)
    this.#groups.delete(environment)
  }

  #check({ environment, id, body }: OwnRule, isNew: boolean, before: readonly OwnRule[]): void {
    if (isNew && before.length >= MAX_RULES) {
      throw new OwnRuleFailure('limit-reached', `there are ${MAX_RULES} rules already`)
    }
    if (!isNew && !before.some((one) => one.id === id)) {
      throw new OwnRuleFailure('not-found', `no rule ${JSON.stringify(id)} here`)
    }
    const name = nameOf(body)
    const others = before.filter((one) => one.id !== id).map((one) => nameOf(one.body))
    const elsewhere = this.#options
      .others(environment)
      .flatMap(({ rules }) => rules.map((one) => one.name))
    // Alerts find their rule by its name.
    if ([...others, ...elsewhere].includes(name)) {
      throw new OwnRuleFailure('taken', `a rule named ${JSON.stringify(name)} exists`)
    }
    const { faults } = readRule(body)
    if (faults.length > 0) throw new OwnRuleFailure('invalid', faults.join('; '))
  }

  #take(environment: string, rules: readonly OwnRule[]): void {
    const groups = ownGroups(rules)
    this.#rules.set(environment, rules)
    this.#groups.set(environment, groups)
    this.#options.changed(environment, groups.groups)
  }

  #inTurn<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(task)
    this.#turn = result.catch(() => {})
    return result
  }
}
