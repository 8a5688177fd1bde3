import { serviceOf } from '../../model/labels.ts'
import type { Alert } from '../alerts/alert.ts'
import type { Policy } from './policy.ts'
import type { Kind, Scope } from './ports.ts'
import { groupKind } from './routing/group.ts'

/** The kind under which `alert` converges for `policy`. */
export function kindOf(alert: Alert, policy: Policy['id']): Kind {
  return {
    environment: alert.environment,
    policy,
    rule: alert.rule,
    service: serviceOf(alert.labels),
    subject: alert.labels.interface || alert.labels.title || '',
    level: alert.severity,
  }
}

/** The same, or of a route the group to which `alert` belongs. */
export function kindFor(alert: Alert, { id, route }: Pick<Policy, 'id' | 'route'>): Kind {
  return route ? groupKind(alert, id, route) : kindOf(alert, id)
}

/** One text for one kind: for maps and as a database key. */
export function kindKey(kind: Kind): string {
  const { environment, policy, rule, service, subject, level } = kind
  return JSON.stringify([environment, policy, rule, service, subject, level])
}

export function scopeOf(alert: Alert): Scope {
  return alert.labels.node || alert.labels.callee_ip ? 'node' : 'all'
}
