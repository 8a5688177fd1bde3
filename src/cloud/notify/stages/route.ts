import { serviceOf } from '../../../model/labels.ts'
import type { Policy } from '../ports.ts'
import type { Decision, Stage } from './stage.ts'

/** Whether one of the policy's services (`*`, `App`, `App.Server`) is or contains `service`. */
export function covers(policy: Policy, service: string): boolean {
  const app = service.split('.', 1)[0]
  return policy.services.some(
    (pattern) => pattern === '*' || (service !== '' && (pattern === service || pattern === app)),
  )
}

/** Which policies tell of it. */
export const route: Stage = (envelope, { audience }) => {
  if (envelope.news.kind === 'resolved') return envelope
  const service = serviceOf(envelope.news.alert.labels)
  const covering = audience.policies.filter((policy) => covers(policy, service))
  const trace = audience.policies.map((policy): Decision => {
    const covered = covering.includes(policy)
    return {
      stage: 'route',
      policy: policy.id,
      verdict: covered ? 'tell' : 'drop',
      reason: covered ? 'covered' : 'other-services',
    }
  })
  return {
    ...envelope,
    tellings: covering.map((policy) => ({ policy, headline: envelope.news })),
    trace: [...envelope.trace, ...trace],
  }
}
