import type { Notice } from '../notice.ts'
import type { Policy } from '../policy.ts'
import type { Audience } from '../ports.ts'
import type { Decision, Facts, Stage, Telling } from './stage.ts'

/** From a message under a policy to one notice for each contact that can be reached. */
export const address: Stage = (envelope, facts) => {
  const { environment } = envelope.news.alert
  const steps = envelope.tellings.flatMap((telling) => addressed(telling, environment, facts))
  return {
    ...envelope,
    notices: [...envelope.notices, ...steps.flatMap(({ notice }) => notice ?? [])],
    trace: [...envelope.trace, ...steps.map(({ decision }) => decision)],
  }
}

function addressed(
  { contacts, ...telling }: Telling,
  environment: string,
  { audience }: Facts,
): { notice?: Notice; decision: Decision }[] {
  const { policy } = telling
  return [...new Set(contacts ?? contactsOf(policy, audience))].map((id) => {
    const contact = audience.contacts.find((candidate) => candidate.id === id)
    const decided = { stage: 'address', policy: policy.id, contact: id } as const
    if (!contact) return { decision: { ...decided, verdict: 'drop', reason: 'contact-gone' } }
    if (contact.email === '') {
      return { decision: { ...decided, verdict: 'drop', reason: 'no-address' } }
    }
    return {
      notice: {
        ...telling,
        environment: { id: environment, name: audience.environmentName },
        contact,
      },
      decision: { ...decided, verdict: 'tell', reason: 'addressed' },
    }
  })
}

function contactsOf({ contacts, groups }: Policy, audience: Audience): readonly string[] {
  if (contacts === 'all') return audience.contacts.map(({ id }) => id)
  const named = (audience.groups ?? []).filter(({ id }) => groups?.includes(id))
  return [...contacts, ...named.flatMap((group) => group.contacts)]
}
