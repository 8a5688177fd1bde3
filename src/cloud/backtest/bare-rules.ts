/** Rules are evaluated without annotations: those are worked out for what is told alone. */
import type { Labels } from '../../model/labels.ts'
import type { UnixMs } from '../../model/time.ts'
import type { Alert } from '../alerts/alert.ts'
import { FLAPS, withFlaps } from '../alerts/flapping.ts'
import { ruleOf } from '../alerts/judge.ts'
import type { Query } from '../rules/ports.ts'
import type { AlertingRule, Rule, RuleGroup, TemplatedLabel } from '../rules/rule.ts'
import { expand } from '../rules/template/expand.ts'
import type { Plan } from './plan.ts'

export class BareRules {
  readonly plan: Plan
  readonly #annotations = new Map<AlertingRule, readonly TemplatedLabel[]>()

  constructor(plan: Plan, intervalOf: (group: RuleGroup) => number) {
    const bare = new Map<Rule, Rule>()
    const groups = plan.groups.map(({ group, slow }) => {
      const rules = group.rules.map((rule) => {
        const other = this.#bare(rule)
        bare.set(rule, other)
        return other
      })
      return { group: { ...group, intervalMs: intervalOf(group), rules }, slow }
    })
    const bareOf = (rule: Rule) => bare.get(rule) ?? rule
    this.plan = {
      ...plan,
      groups,
      reaches: new Map([...plan.reaches].map(([rule, reach]) => [bareOf(rule), reach])),
      readers: new Set([...plan.readers].map(bareOf)),
    }
  }

  /** As the cloud tells of an alert that fired at `at`; `query` answers what was there then. */
  async annotationsOf(alert: Alert, at: UnixMs, query: Query): Promise<Labels> {
    const groups = this.plan.groups.map(({ group }) => group)
    const rule = ruleOf(alert, { files: [], groups })
    const texts: Record<string, string> = {}
    const ask = async (text: string) => {
      const answer = await query.instant(text, at)
      if (answer.type === 'scalar') return [{ labels: {}, value: answer.value }]
      return answer.type === 'vector' ? answer.samples : []
    }
    const { labels, value } = alert
    for (const { name, template } of (rule && this.#annotations.get(rule)) ?? []) {
      texts[name] = await expand(template, { labels, value, atMs: at, externalUrl: '', query: ask })
    }
    const { [FLAPS]: flaps } = alert.annotations
    return flaps === undefined ? texts : withFlaps({ ...texts, [FLAPS]: flaps })
  }

  #bare(rule: Rule): Rule {
    if (rule.kind === 'recording') return rule
    const bare = { ...rule, annotations: [] }
    this.#annotations.set(bare, rule.annotations)
    return bare
  }
}
