/** From news of an alert to notices for people: pure, the stages in order. */
import type { AlertChange } from '../alerts/alert.ts'
import type { Policy } from './policy.ts'
import type { Audience, Convergence } from './ports.ts'
import { flushGroup } from './routing/flush-group.ts'
import { isRouteId, routesFor } from './routing/route-policy.ts'
import { acts, again, allHandled, withoutHandled } from './stages/acts.ts'
import { address } from './stages/address.ts'
import { converge, digestOf } from './stages/converge.ts'
import { inhibit } from './stages/inhibit.ts'
import { mute, muteOf } from './stages/mute.ts'
import { resolved } from './stages/resolved.ts'
import { route, routeReason } from './stages/route.ts'
import type { Envelope, Facts, Stage } from './stages/stage.ts'
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
  const { tellings, notices } = envelope
  const unheard = tellings.filter(({ policy }) => notices.every((one) => one.policy !== policy))
  const convergences = envelope.convergences.filter(({ kind }) =>
    unheard.every(({ policy }) => policy.id !== kind.policy),
  )
  return { ...envelope, convergences }
}

/**
 * What a convergence that is due has to tell: outside the hours of its policy, and while all of it is muted, later;
 * of a policy that is gone, and of alerts that somebody looks after, nothing.
 */
export function decideDigest(whole: Convergence, facts: Facts): Envelope {
  if (isRouteId(whole.kind.policy)) return flushGroup(whole, facts)
  const due = withoutHandled(whole, facts)
  if (due.held.length === 0) return allHandled(whole, due, facts)
  const { headline, heldBack, next } = digestOf(due, facts.at)
  const policy = facts.audience.policies.find(({ id }) => id === due.kind.policy)
  const start = { news: headline, tellings: [], notices: [], trace: [] }
  const decided = { stage: 'converge', policy: due.kind.policy } as const
  if (!policy || policy.off) {
    const reason = policy ? 'policy-off' : 'policy-gone'
    return { ...start, convergences: [next], trace: [{ ...decided, verdict: 'drop', reason }] }
  }
  const ends = due.held.map(({ alert }) => muteOf(alert, facts.audience, facts.at)?.until)
  if (ends.every((end) => end !== undefined)) {
    const muted = { stage: 'mute', policy: policy.id, verdict: 'hold', reason: 'muted' } as const
    return { ...start, convergences: [{ ...due, dueAt: Math.min(...ends) }], trace: [muted] }
  }
  const until = holdEnd(policy.hours, due.kind.level, facts.audience, facts.at)
  if (until !== undefined) {
    const held = {
      stage: 'times',
      policy: policy.id,
      verdict: 'hold',
      reason: 'outside-hours',
    } as const
    return { ...start, convergences: [{ ...due, dueAt: until }], trace: [held] }
  }
  const envelope: Envelope = {
    ...start,
    tellings: [{ policy, headline, ...(heldBack && { heldBack }) }],
    convergences: [next],
    trace: [{ ...decided, verdict: 'tell', reason: 'digest-due' }],
  }
  return address(envelope, facts)
}
