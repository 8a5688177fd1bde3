/** From news of an alert to notices for people: pure, the stages in order. */
import type { AlertChange } from '../alerts/alert.ts'
import { heldOn, lookAt } from './held.ts'
import type { Policy } from './policy.ts'
import type { Audience, Convergence } from './ports.ts'
import { flushGroup } from './routing/flush-group.ts'
import { isRouteId, routesFor } from './routing/route-policy.ts'
import { acts, again, allHandled, withoutHandled } from './stages/acts.ts'
import { address } from './stages/address.ts'
import { converge, digestOf } from './stages/converge.ts'
import { inhibit } from './stages/inhibit.ts'
import { mute, splitMuted } from './stages/mute.ts'
import { resolved } from './stages/resolved.ts'
import { route, routeReason } from './stages/route.ts'
import type { Decision, Envelope, Facts, Stage } from './stages/stage.ts'
import { holdEnd, times } from './stages/times.ts'

/**
 * What is muted, looked after by somebody, or inhibited is no policy's matter. Which policies and routes tell of the
 * rest comes next, as all else is their own matter. Hours come before convergence: what they hold is held as one kind.
 * Addresses come last: whoever is a contact when it goes out is told.
 */
const STAGES: readonly Stage[] = [
  ...[mute, acts, inhibit, route, again, resolved, times, converge, address],
]

/** Policies and routes whose convergences the pipeline must know to decide on `change`. */
export function concerned(change: AlertChange, audience: Audience): readonly Policy[] {
  return [...policiesFor(change, audience), ...routesFor(change.alert, audience)]
}

function policiesFor(change: AlertChange, { policies }: Audience): readonly Policy[] {
  // A policy that no longer covers the service may still hold the alert back.
  if (change.kind === 'resolved') return policies
  return policies.filter((policy) => routeReason(policy, change) === 'covered')
}

export function decide(change: AlertChange, known: Facts): Envelope {
  const convergences = known.convergences.map((one) => withoutHandled(one, known))
  const facts = { ...known, convergences }
  const start = { news: change, tellings: [], notices: [], convergences: [], trace: [] }
  const decided = STAGES.reduce<Envelope>(
    (envelope, stage) => (envelope.closed ? envelope : stage(envelope, facts)),
    start,
  )
  return openingFor(decided)
}

/** What reached nobody opens no window: the first alarm after a contact was added goes at once. */
function openingFor(envelope: Envelope): Envelope {
  const { news, tellings, notices } = envelope
  if (news.kind === 'resolved') return envelope
  const unheard = tellings.filter(({ policy }) => notices.every((one) => one.policy !== policy))
  const convergences = envelope.convergences.filter(({ kind }) =>
    unheard.every(({ policy }) => policy.id !== kind.policy),
  )
  return { ...envelope, convergences }
}

/**
 * What a convergence that is due has to tell: outside the hours of its policy later, also what is muted; of a policy
 * that is gone, and of alerts that somebody looks after, nothing.
 */
export function decideDigest(whole: Convergence, facts: Facts): Envelope {
  if (isRouteId(whole.kind.policy)) return flushGroup(whole, facts)
  const due = withoutHandled(whole, facts)
  const news = due.held.at(-1)
  if (!news) return allHandled(whole, due, facts)
  const start = { news, tellings: [], notices: [] }
  const policy = facts.audience.policies.find(({ id }) => id === due.kind.policy)
  if (!policy || policy.off) {
    const reason = policy ? 'policy-off' : 'policy-gone'
    const decision = { ...decidedOf(due), verdict: 'drop', reason } as const
    return { ...start, convergences: [digestOf(due, facts.at).next], trace: [decision] }
  }
  const until = holdEnd(policy.hours, due.kind.level, facts.audience, facts.at)
  if (until !== undefined) {
    const trace = heldAgain(due, due.held, { stage: 'times', reason: 'outside-hours' })
    return { ...start, convergences: [heldOn(due, due.held, lookAt(until, facts.at))], trace }
  }
  return address(digestTold(due, policy, facts), facts)
}

/** What is muted is held on. */
function digestTold(due: Convergence, policy: Policy, facts: Facts): Envelope {
  const { muted, rest, lookedAt } = splitMuted(due.held, facts)
  const trace = heldAgain(due, muted, { stage: 'mute', reason: 'muted' })
  const [first] = muted
  if (first && rest.length === 0) {
    const convergences = [heldOn(due, muted, lookedAt)]
    return { news: first, tellings: [], notices: [], trace, convergences }
  }
  const told = { ...due, held: rest, heldCount: due.heldCount - muted.length }
  const { headline, heldBack, next } = digestOf(told, facts.at)
  return {
    ...{ news: headline, notices: [] },
    tellings: [{ policy, headline, ...(heldBack && { heldBack }) }],
    convergences: [first ? heldOn(next, muted, lookedAt) : next],
    trace: [...trace, { ...decidedOf(due), verdict: 'tell', reason: 'digest-due' }],
  }
}

function decidedOf({ kind }: Convergence) {
  return { stage: 'converge', policy: kind.policy } as const
}

/** That they wait is said once of each. */
function heldAgain(
  { kind, held, kept = 0 }: Convergence,
  waiting: readonly AlertChange[],
  why: Pick<Decision, 'stage' | 'reason'>,
): Decision[] {
  const said = new Set(held.slice(0, kept))
  return waiting
    .filter((change) => !said.has(change))
    .map(({ alert }) => ({ ...why, policy: kind.policy, verdict: 'hold', alert: alert.id }))
}
