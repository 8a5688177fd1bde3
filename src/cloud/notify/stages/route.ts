import { serviceOf } from '../../../model/labels.ts'
import type { Policy } from '../ports.ts'
import type { Decision, Reason, Stage } from './stage.ts'

/** Whether one of the policy's services (`*`, `App`, `App.Server`) is or contains `service`. */
export function covers(policy: Policy, service: string): boolean {
  const app = service.split('.', 1)[0]
  return policy.services.some(
    (pattern) => pattern === '*' || (service !== '' && (pattern === service || pattern === app)),
  )
}

/** Which policies tell of it: of what is folded into another alarm those that do not tell of that one. */
export const route: Stage = (envelope, { audience }) => {
  if (envelope.news.kind === 'resolved') return envelope
  const service = serviceOf(envelope.news.alert.labels)
  const { into } = envelope.news.story ?? {}
  const reasonOf = (policy: Policy): Reason => {
    if (!covers(policy, service)) return 'other-services'
    return into && covers(policy, into.service) ? 'folded' : 'covered'
  }
  const covering = audience.policies.filter((policy) => reasonOf(policy) === 'covered')
  const trace = audience.policies.map((policy): Decision => {
    const reason = reasonOf(policy)
    const verdict = reason === 'covered' ? 'tell' : 'drop'
    return { stage: 'route', policy: policy.id, verdict, reason }
  })
  return {
    ...envelope,
    tellings: covering.map((policy) => ({ policy, headline: envelope.news })),
    trace: [...envelope.trace, ...trace],
  }
}
