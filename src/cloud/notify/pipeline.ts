/** From news of an alert to notices for people: pure, the stages in order. */

import { serviceOf } from '../../model/labels.ts'
import type { AlertChange } from '../alerts/alert.ts'
import type { Audience, Convergence, Policy } from './ports.ts'
import { address } from './stages/address.ts'
import { converge, digestOf } from './stages/converge.ts'
import { resolved } from './stages/resolved.ts'
import { covers, route } from './stages/route.ts'
import type { Envelope, Facts, Stage } from './stages/stage.ts'

const STAGES: readonly Stage[] = [route, resolved, converge, address]

/** Policies whose convergences the pipeline must know to decide on `change`. */
export function concerned(change: AlertChange, { policies }: Audience): readonly Policy[] {
  // A policy that no longer covers the service may still hold the alert back.
  if (change.kind === 'resolved') return policies
  return policies.filter((policy) => covers(policy, serviceOf(change.alert.labels)))
}

export function decide(change: AlertChange, facts: Facts): Envelope {
  const start = { news: change, tellings: [], notices: [], convergences: [], trace: [] }
  return openingFor(STAGES.reduce<Envelope>((envelope, stage) => stage(envelope, facts), start))
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

/** What a convergence that is due has to tell; of a policy that was removed, nothing. */
export function decideDigest(due: Convergence, facts: Facts): Envelope {
  const { headline, heldBack, next } = digestOf(due, facts.at)
  const policy = facts.audience.policies.find(({ id }) => id === due.kind.policy)
  const telling = policy && { policy, headline, ...(heldBack && { heldBack }) }
  const start: Envelope = {
    news: headline,
    tellings: telling ? [telling] : [],
    notices: [],
    convergences: [next],
    trace: [
      {
        stage: 'converge',
        policy: due.kind.policy,
        verdict: policy ? 'tell' : 'drop',
        reason: policy ? 'digest-due' : 'policy-gone',
      },
    ],
  }
  return address(start, facts)
}
