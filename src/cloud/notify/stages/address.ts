import type { Notice } from '../notice.ts'
import type { Policy } from '../policy.ts'
import type { Audience, Contact, ReceiverHead } from '../ports.ts'
import type { Decision, Facts, Stage, Telling } from './stage.ts'

interface Step {
  readonly notice?: Notice
  readonly decision: Decision
}

/** From a message under a policy to one notice for each contact that can be reached, and each receiver. */
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
  { contacts, holdUntil, ...telling }: Telling,
  environment: string,
  { audience }: Facts,
): Step[] {
  const { policy } = telling
  const all = { ...telling, environment: { id: environment, name: audience.environmentName } }
  return [...new Set(contacts ?? idsOf(policy, audience))].map((id): Step => {
    const decided = { stage: 'address', policy: policy.id, contact: id } as const
    const receiver = audience.receivers?.find((candidate) => candidate.id === id)
    const contact = receiver
      ? readerOf(receiver)
      : audience.contacts.find((candidate) => candidate.id === id)
    if (!contact) return { decision: { ...decided, verdict: 'drop', reason: 'contact-gone' } }
    if (!receiver && contact.email === '') {
      return { decision: { ...decided, verdict: 'drop', reason: 'no-address' } }
    }
    return {
      notice: { ...all, contact, ...(receiver && { receiver }) },
      decision: { ...decided, verdict: 'tell', reason: 'addressed' },
    }
  })
}

/** Ids of contacts and receivers that the policy names. */
export function idsOf({ contacts, groups, receivers = [] }: Policy, audience: Audience): string[] {
  const everyone = audience.contacts.map(({ id }) => id)
  const named = (audience.groups ?? []).filter(({ id }) => groups?.includes(id))
  const chosen = contacts === 'all' ? everyone : contacts
  return [...chosen, ...named.flatMap((group) => group.contacts), ...receivers]
}

/** Who reads what goes to a receiver. */
function readerOf({ id, environment, name, language, timeZone }: ReceiverHead): Contact {
  return { id, environment, name, email: '', language, timeZone }
}
