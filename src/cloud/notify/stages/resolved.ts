import type { AlertChange } from '../../alerts/alert.ts'
import type { Policy } from '../policy.ts'
import type { Audience, Convergence } from '../ports.ts'
import { isEmpty } from '../routing/group.ts'
import { isRouteId, routeOfId } from '../routing/route-policy.ts'
import type { Decision, Facts, Stage, Telling } from './stage.ts'

/**
 * That an alert is over is told to exactly those who were told of it, also where the policy has
 * changed since. Of an alert that is still held back only the held entry learns that it is over.
 */
export const resolved: Stage = (envelope, facts) => {
  const { news } = envelope
  if (news.kind !== 'resolved') return envelope
  const isOf = ({ alert }: AlertChange) => alert.id === news.alert.id
  const holding = facts.convergences.filter(({ held }) => held.some(isOf))
  const convergences = facts.convergences
    .filter(({ held, firing = [] }) => held.some(isOf) || firing.some(isOf))
    .map((convergence) => leaving(markOver(convergence, news), isOf))
  const tellings = tellingsOf(news, facts)
  const trace: Decision[] = [
    ...tellings.map(({ policy }) => decision(policy.id, 'tell', 'told-before')),
    ...holding.map(({ kind }) => decision(kind.policy, 'hold', 'over-while-held')),
  ]
  if (trace.length === 0) trace.push(decision('', 'drop', 'never-told'))
  return { ...envelope, tellings, convergences, trace: [...envelope.trace, ...trace] }
}

function tellingsOf(news: AlertChange, { audience, toldOf }: Facts): Telling[] {
  return [...Map.groupBy(toldOf, ({ policy }) => policy)].map(([id, told]) => ({
    policy: policyOf(audience, id, news.alert.environment),
    headline: news,
    contacts: told.flatMap(({ contact, via }) => (via === undefined ? contact : [])),
    phoned: told.flatMap(({ contact, via }) => (via === undefined ? [] : { contact, via })),
  }))
}

/** A policy that was removed still owes the end of what it told. */
function policyOf(audience: Audience, id: string, environment: string): Policy {
  const gone = { id, environment, name: '', services: [], contacts: [] }
  if (isRouteId(id)) return routeOfId(audience, id, environment) ?? gone
  return audience.policies.find((policy) => policy.id === id) ?? gone
}

/** It is not told again by a route. */
function leaving(group: Convergence, isOf: (change: AlertChange) => boolean): Convergence {
  if (!group.firing?.some(isOf)) return group
  const left = { ...group, firing: group.firing.filter((change) => !isOf(change)) }
  if (!isEmpty(left)) return left
  const { dueAt: _, ...empty } = left
  return empty
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
