/** Services whose alarms would reach nobody. Pure. */
import type { UnixMs } from '../../model/time.ts'
import type { Alert, Severity } from '../alerts/alert.ts'
import type { Audience } from './ports.ts'
import { address } from './stages/address.ts'
import { route } from './stages/route.ts'
import type { Envelope, Facts } from './stages/stage.ts'

const SEVERITIES: readonly Severity[] = ['ERROR', 'WARN', 'INFO']

/** Of these, those of which no notification or route tells anybody at `at`, whatever the alarm and its level. */
export function uncovered(
  services: readonly string[],
  { environment, audience, at }: { environment: string; audience: Audience; at: UnixMs },
): string[] {
  // Which alarms a policy picks is its own matter.
  const policies = audience.policies.map(({ alarms, severities, ...policy }) => policy)
  const facts = { at, windowMs: 1, audience: { ...audience, policies } }
  return services.filter((service) =>
    SEVERITIES.every((severity) => {
      const alert = alarmOf(service, environment, severity, at)
      return !isTold(alert, { ...facts, convergences: [], toldOf: [], handled: new Map() })
    }),
  )
}

function isTold(alert: Alert, facts: Facts): boolean {
  const { at } = facts
  const news = { kind: 'fired', at, receivedAt: at, alert } as const
  const start: Envelope = { news, tellings: [], notices: [], convergences: [], trace: [] }
  return address(route(start, facts), facts).notices.length > 0
}

function alarmOf(service: string, environment: string, severity: Severity, at: UnixMs): Alert {
  return {
    ...{ id: 'coverage', environment, rule: 'any', severity, state: 'firing', value: 1 },
    labels: { callee: service, severity },
    ...{ annotations: {}, activeAt: at, firedAt: at, events: [] },
  }
}
