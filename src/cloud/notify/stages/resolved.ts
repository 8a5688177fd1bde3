import type { AlertChange } from '../../alerts/alert.ts'
import type { Policy } from '../policy.ts'
import type { Audience, Convergence } from '../ports.ts'
import type { Decision, Facts, Stage, Telling } from './stage.ts'

/**
 * That an alert is over is told to exactly those who were told of it, also where the policy has
 * changed since. Of an alert that is still held back only the held entry learns that it is over.
 */
export const resolved: Stage = (envelope, facts) => {
  const { news } = envelope
  if (news.kind !== 'resolved') return envelope
  const convergences = facts.convergences
    .filter(({ held }) => held.some(({ alert }) => alert.id === news.alert.id))
    .map((convergence) => markOver(convergence, news))
  const tellings = tellingsOf(news, facts)
  const trace: Decision[] = [
    ...tellings.map(({ policy }) => decision(policy.id, 'tell', 'told-before')),
    ...convergences.map(({ kind }) => decision(kind.policy, 'hold', 'over-while-held')),
  ]
  if (trace.length === 0) trace.push(decision('', 'drop', 'never-told'))
  return { ...envelope, tellings, convergences, trace: [...envelope.trace, ...trace] }
}

function tellingsOf(news: AlertChange, { audience, toldOf }: Facts): Telling[] {
  const told = new Map<string, Set<string>>()
  for (const { policy, contact } of toldOf) {
    told.set(policy, (told.get(policy) ?? new Set()).add(contact))
  }
  return [...told].map(([id, contacts]) => ({
    policy: policyOf(audience, id, news.alert.environment),
    headline: news,
    contacts: [...contacts],
  }))
}

/** A policy that was removed still owes the end of what it told. */
function policyOf({ policies }: Audience, id: string, environment: string): Policy {
  const gone = { id, environment, name: '', services: [], contacts: [] }
  return policies.find((policy) => policy.id === id) ?? gone
}

function markOver(convergence: Convergence, { alert }: AlertChange): Convergence {
  const { state, resolvedAt } = alert
  const held = convergence.held.map((change) =>
    change.alert.id === alert.id
      ? {
          ...change,
          alert: { ...change.alert, state, ...(resolvedAt !== undefined && { resolvedAt }) },
        }
      : change,
  )
  return { ...convergence, held }
}

function decision(
  policy: string,
  verdict: Decision['verdict'],
  reason: Decision['reason'],
): Decision {
  return { stage: 'resolved', policy, verdict, reason }
}
