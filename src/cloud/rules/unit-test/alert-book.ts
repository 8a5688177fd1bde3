import { labelsKey } from '../../../model/labels.ts'
import type { UnixMs } from '../../../model/time.ts'
import type { AlertingResult, Standing } from '../ports.ts'
import type { AlertingRule } from '../rule.ts'
import type { FiringAlert } from './unit-test.ts'

/** Where an alert stands; `cloud/alerts/transition.ts` has it in full. */
export interface AlertPhase {
  readonly state: 'pending' | 'firing' | 'resolved'
  readonly activeAt: UnixMs
}

/** The life of alerts is another step of the walk: `step` of `cloud/alerts/transition.ts` is handed in. */
export type StepOf<Phase extends AlertPhase> = (
  phase: Phase | undefined,
  holds: boolean,
  at: UnixMs,
  rule: AlertingRule,
) => { readonly phase: Phase | undefined }

interface Alert<Phase> extends FiringAlert {
  readonly phase: Phase
}

/** The alerts of a unit test that are pending or firing. */
export class AlertBook<Phase extends AlertPhase> {
  readonly #step: StepOf<Phase>
  /** Rule → `labelsKey` of the alert. */
  readonly #rules = new Map<AlertingRule, Map<string, Alert<Phase>>>()

  constructor(step: StepOf<Phase>) {
    this.#step = step
  }

  judge({ rule, elements }: AlertingResult, at: UnixMs): void {
    const before = this.#rules.get(rule) ?? new Map<string, Alert<Phase>>()
    const after = new Map<string, Alert<Phase>>()
    const keep = (key: string, alert: FiringAlert, holds: boolean) => {
      const { phase } = this.#step(before.get(key)?.phase, holds, at, rule)
      if (phase && phase.state !== 'resolved') after.set(key, { ...alert, phase })
    }
    for (const element of elements) {
      const { labels, annotations } = element
      keep(labelsKey(labels), { labels, annotations }, true)
    }
    const held = new Set(elements.map(({ labels }) => labelsKey(labels)))
    for (const [key, alert] of before) if (!held.has(key)) keep(key, alert, false)
    this.#rules.set(rule, after)
  }

  standing(rule: AlertingRule): Standing[] {
    return [...(this.#rules.get(rule)?.values() ?? [])].flatMap(({ labels, phase }) => {
      const { state, activeAt } = phase
      return state === 'resolved' ? [] : [{ labels, state, activeAt }]
    })
  }

  /** Of all rules of this name. */
  firing(name: string): FiringAlert[] {
    return [...this.#rules].flatMap(([rule, alerts]) => {
      if (rule.name !== name) return []
      return [...alerts.values()].filter(({ phase }) => phase.state === 'firing')
    })
  }
}
