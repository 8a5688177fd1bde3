/** Rules of a file, with the alerts `Always` (firing) and `Slow` (pending) living. */
import type { Alert } from '../../../../src/cloud/alerts/alert.ts'
import type { RuleReads } from '../../../../src/cloud/doors/prometheus/ports.ts'
import { loadRules } from '../../../../src/cloud/rules/load.ts'
import type { Labels } from '../../../../src/model/labels.ts'
import { NOW, OURS } from './door.ts'

export function alertOf(labels: Labels, fields: Partial<Alert> = {}): Alert {
  return {
    id: labels.alertname ?? '',
    environment: OURS,
    rule: labels.alertname ?? '',
    labels,
    annotations: {},
    severity: 'WARN',
    state: 'firing',
    value: 1,
    activeAt: NOW - 60_000,
    events: [],
    ...fields,
  }
}

const ALERTS: readonly Alert[] = [
  alertOf(
    { team: '1', severity: 'error', alertname: 'Always' },
    { annotations: { title: 'is 1' }, firedAt: NOW - 60_000 },
  ),
  alertOf({ alertname: 'Slow' }, { state: 'pending', value: 0.25 }),
]

export async function ruleReads(
  file: string,
  alerts: readonly Alert[] = ALERTS,
): Promise<RuleReads> {
  const rules = await loadRules(file)
  const alerting = rules.groups
    .flatMap((group) => group.rules)
    .filter((rule) => rule.kind === 'alerting')
  return {
    rules: () => rules,
    progress: async () => rules.groups.map(({ key }) => ({ group: key, evaluatedAt: NOW - 1000 })),
    living: async () =>
      alerts.map((alert) => ({ alert, rule: alerting.find(({ name }) => name === alert.rule) })),
  }
}
