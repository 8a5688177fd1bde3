/** An alert whose rule was taken away: nobody looks any more whether it goes on, so it is over, as for Alertmanager. */
import type { Labels } from '../../model/labels.ts'
import type { Patience } from './transition.ts'

/** Nothing more is found of it: it need not be gone for a time. */
export const NO_PATIENCE: Patience = { forMs: 0, keepFiringMs: 0 }

/** As news tells of its end: what is said of the alert, and why it is over. */
export function withRuleGone(annotations: Labels): Labels {
  const { description = '', description_en = description } = annotations
  return {
    ...annotations,
    description: `${description}（告警规则已删除或更改，不再判断此告警）`,
    description_en: `${description_en} (Its rule was removed or changed: this alarm is no longer evaluated.)`,
  }
}
