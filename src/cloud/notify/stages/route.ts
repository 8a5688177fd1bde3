import { serviceOf } from '../../../model/labels.ts'
import type { AlertChange } from '../../alerts/alert.ts'
import { globMatches } from '../glob.ts'
import type { Policy } from '../policy.ts'
import type { Decision, Reason, Stage } from './stage.ts'

/** Whether one of the policy's services is or contains `service`, or that interface of it. */
export function covers({ services }: Policy, service: string, called = ''): boolean {
  const app = service.split('.', 1)[0] ?? ''
  return services.some((pattern) => {
    if (pattern === '*') return true
    if (service === '') return false
    const slash = pattern.indexOf('/')
    const server = slash < 0 ? pattern : pattern.slice(0, slash)
    if (slash >= 0 && !(called && globMatches(pattern.slice(slash + 1), called))) return false
    return globMatches(server, server.includes('.') ? service : app)
  })
}

/** Whether the policy tells of such news, and why not. */
export function routeReason(policy: Policy, { alert, story }: AlertChange): Reason {
  const { labels, rule, severity } = alert
  const { alarms, severities } = policy
  if (policy.off) return 'policy-off'
  if (!covers(policy, serviceOf(labels), labels.interface)) return 'other-services'
  if (alarms && !alarms.some((name) => globMatches(name, rule))) return 'other-alarms'
  if (severities && !severities.includes(severity)) return 'other-levels'
  // Of a policy that picks alarms it is not known whether it tells of the cause.
  const tellsOfCause = story?.into && !alarms && !severities && covers(policy, story.into.service)
  return tellsOfCause ? 'folded' : 'covered'
}

/** Which policies tell of it: of what is folded into another alarm those that do not tell of that one. */
export const route: Stage = (envelope, { audience }) => {
  const { news } = envelope
  if (news.kind === 'resolved') return envelope
  const reasons = audience.policies.map((policy) => ({ policy, reason: routeReason(policy, news) }))
  const trace = reasons.map(({ policy, reason }): Decision => {
    const verdict = reason === 'covered' ? 'tell' : 'drop'
    return { stage: 'route', policy: policy.id, verdict, reason }
  })
  const covering = reasons.filter(({ reason }) => reason === 'covered')
  return {
    ...envelope,
    tellings: covering.map(({ policy }) => ({ policy, headline: news })),
    trace: [...envelope.trace, ...trace],
  }
}
