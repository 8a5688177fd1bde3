import { serviceOf } from '../../../model/labels.ts'
import type { AlertChange, Teller } from '../../alerts/alert.ts'
import { globMatches } from '../glob.ts'
import { isByPhone, sameNumber } from '../people.ts'
import type { Policy } from '../policy.ts'
import type { Audience, ReceiverHead } from '../ports.ts'
import { routeNodeReason, routesFor } from '../routing/route-policy.ts'
import { isReached, toldBy } from './address.ts'
import { muteOf } from './mute.ts'
import type { Decision, Facts, Phoned, Reason, Stage } from './stage.ts'

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

/** @param into an alert that tells of the same cause. @returns whether the policy tells of such news, and why not. */
export function routeReason(policy: Policy, { alert }: AlertChange, into?: Teller): Reason {
  const { labels, rule, severity } = alert
  const { alarms, severities } = policy
  if (policy.off) return 'policy-off'
  // What the cloud tells of itself concerns everybody.
  const isOfAll = labels.watchdog !== undefined
  if (!isOfAll && !covers(policy, serviceOf(labels), labels.interface)) return 'other-services'
  if (alarms && !alarms.some((name) => globMatches(name, rule))) return 'other-alarms'
  if (severities && !severities.includes(severity)) return 'other-levels'
  // Of a policy that picks alarms it is not known whether it tells of the cause.
  const tellsOfCause = into && !alarms && !severities && covers(policy, into.service)
  return tellsOfCause ? 'folded' : 'covered'
}

/**
 * Which policies and routes tell of it: of what is folded into another alarm those that do not tell of that one. That an alert
 * fired is told once to each, also when the news of it comes again because nobody tells of its cause any more.
 */
export const route: Stage = (envelope, facts) => {
  const { news } = envelope
  if (news.kind === 'resolved') return envelope
  const { audience } = facts
  const policies = [...audience.policies, ...routesFor(news.alert, audience)]
  const steps = policies.map((policy) => routed(policy, news, facts))
  return {
    ...envelope,
    tellings: steps.flatMap(({ telling }) => telling ?? []),
    trace: [...envelope.trace, ...steps.map(({ decision }) => decision)],
  }
}

function routed(policy: Policy, news: AlertChange, facts: Facts) {
  const into = tellerOf(news, facts)
  const reason = policy.route
    ? routeNodeReason(policy, facts.audience, into)
    : routeReason(policy, news, into)
  const decided = { stage: 'route', policy: policy.id } as const
  const drop = (why: Reason) => {
    const decision: Decision = { ...decided, verdict: 'drop', reason: why }
    return { decision, telling: undefined }
  }
  if (reason !== 'covered') return drop(reason)
  const decision: Decision = { ...decided, verdict: 'tell', reason }
  const told = facts.toldOf.filter((one) => one.policy === policy.id)
  if (news.kind !== 'fired' || told.length === 0) {
    return { decision, telling: { policy, headline: news } }
  }
  const others = notTold(policy, told, facts)
  if (others.contacts.length === 0) return drop('told-before')
  return { decision, telling: { policy, headline: news, ...others } }
}

/** Whom such news reaches who was not told of it: for others nothing is told again. */
function notTold(policy: Policy, told: Facts['toldOf'], { audience, at }: Facts) {
  const heard = new Set(told.flatMap(({ contact, via = contact }) => [contact, via]))
  const ids = toldBy(policy, audience, at)
  const others = ids.filter((id) => !heard.has(id))
  const phones = (audience.receivers ?? []).filter(
    ({ id, kind }) => isByPhone(kind) && ids.includes(id),
  )
  const phoned = phones.flatMap((phone) => phonedAnew(phone, others, told, audience))
  const byPhone = new Set(phoned.map(({ contact }) => contact))
  const contacts = others.filter((id) => byPhone.has(id) || isReached(id, audience))
  return { contacts, phoned }
}

/** By phone, too, those who were not told; of numbers that were, none is told again, whoever has it. */
function phonedAnew(
  { id: via, phones = [] }: ReceiverHead,
  ids: readonly string[],
  told: Facts['toldOf'],
  { contacts }: Audience,
): Phoned[] {
  const isTold = (who: string) => told.some((one) => one.contact === who && one.via === via)
  const ofOthers = contacts.flatMap(({ id, phone }) => (phone && isTold(id) ? phone : []))
  const own = told.some(({ contact }) => contact === via) ? phones.map(sameNumber) : []
  const numbers = new Set([...own, ...ofOthers])
  return contacts
    .filter(({ id, phone }) => phone && ids.includes(id) && !numbers.has(phone))
    .map(({ id }) => ({ contact: id, via }))
}

/** Who is muted tells nobody of the cause. */
function tellerOf({ story }: AlertChange, { audience, at }: Facts): Teller | undefined {
  const into = story?.into
  return into?.mutable && muteOf(into.mutable, audience, at) ? undefined : into
}
