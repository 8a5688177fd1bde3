import type { UnixMs } from '../../../model/time.ts'
import type { Notice } from '../notice.ts'
import { isByPhone } from '../people.ts'
import type { Policy } from '../policy.ts'
import type { Audience, Contact, StoredContact } from '../ports.ts'
import { onCall } from './on-call.ts'
import { type Beside, type Reached, reachedBy } from './reach.ts'
import type { Decision, Facts, Reason, Stage, Telling } from './stage.ts'

interface Step {
  readonly notice?: Notice
  readonly decision: Decision
}

type Named = Pick<Policy, 'contacts' | 'groups' | 'rotas' | 'receivers'>

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

function addressed(telling: Telling, environment: string, { audience, at }: Facts): Step[] {
  const { contacts, phoned = [], holdUntil, ...message } = telling
  const { policy } = telling
  const all = { ...message, environment: { id: environment, name: audience.environmentName } }
  const ids = new Set(contacts ?? toldBy(policy, audience, at))
  const readers = new Set([...ids, ...phoned.map(({ via }) => via)])
  const steps = [...readers].flatMap((id) => {
    const receiver = audience.receivers?.find((candidate) => candidate.id === id)
    return receiver
      ? reachedBy(receiver, besideOf(telling, id, ids, audience))
      : [byMail(id, audience)]
  })
  const gone = phoned.flatMap(({ contact }) =>
    ids.has(contact) || audience.contacts.some(({ id }) => id === contact) ? [] : contact,
  )
  const decided = [...steps, ...[...new Set(gone)].map(ofGone)].map(
    ({ notice, decision }): Step => ({
      ...(notice && { notice: { ...all, ...notice } }),
      decision: { stage: 'address', policy: policy.id, ...decision },
    }),
  )
  return contacts ? decided : [...decided, ...gaps(policy, audience, at)]
}

/** @param ids those told. */
function besideOf(
  { headline, phoned }: Telling,
  receiver: string,
  ids: ReadonlySet<string>,
  audience: Audience,
): Beside {
  const told = contactsOf(ids, audience)
  const byPhone = phoned?.flatMap(({ contact, via }) => (via === receiver ? contact : []))
  return {
    isTold: ids.has(receiver),
    mentioned: headline.kind === 'resolved' ? [] : told,
    phoned: byPhone ? contactsOf(new Set(byPhone), audience) : told,
  }
}

/** In the order of the ids. */
function contactsOf(ids: ReadonlySet<string>, { contacts }: Audience): Contact[] {
  const known = new Map(contacts.map((contact) => [contact.id, contact]))
  return [...ids].flatMap((id) => known.get(id) ?? [])
}

function byMail(id: string, { contacts }: Audience): Reached {
  const contact = contacts.find((candidate) => candidate.id === id)
  if (!contact) return ofGone(id)
  const reason = unusable(contact)
  if (reason) return { decision: { contact: id, verdict: 'drop', reason } }
  return { notice: { contact }, decision: { contact: id, verdict: 'tell', reason: 'addressed' } }
}

/** Something goes out for this contact or receiver itself; phones of contacts are the matter of receivers. */
export function isReached(id: string, { contacts, receivers = [] }: Audience): boolean {
  const receiver = receivers.find((candidate) => candidate.id === id)
  if (receiver) return !isByPhone(receiver.kind) || receiver.phones?.length !== 0
  const contact = contacts.find((candidate) => candidate.id === id)
  return contact !== undefined && unusable(contact) === undefined
}

function ofGone(contact: string): Reached {
  return { decision: { contact, verdict: 'drop', reason: 'contact-gone' } }
}

function unusable({ email, address = {} }: StoredContact): Reason | undefined {
  if (email === '') return 'no-address'
  if (address.disabled) return 'address-disabled'
  return address.unverified && 'not-verified'
}

/** Rotas with nobody on call, and members whose turn it is and who are gone. */
function gaps(policy: Policy, audience: Audience, at: UnixMs): Step[] {
  const dropped = (contact: string, reason: Reason): Step => ({
    decision: { stage: 'address', policy: policy.id, contact, verdict: 'drop', reason },
  })
  return onCall(policy, audience, at).flatMap(({ rota, contact, gone }) => [
    ...(gone === undefined ? [] : [dropped(gone, 'contact-gone')]),
    ...(contact === undefined ? [dropped(rota, 'nobody-on-call')] : []),
  ])
}

/** Ids of who is on call at `at`, who matters most where not all can be mentioned, and of contacts and receivers that the policy names. */
export function toldBy(policy: Named, audience: Audience, at: UnixMs): string[] {
  const called = onCall(policy, audience, at).flatMap(({ contact }) => contact ?? [])
  return [...called, ...idsOf(policy, audience)]
}

/** Ids of contacts and receivers that the policy, or a step of its escalation, names. */
export function idsOf({ contacts, groups, receivers = [] }: Named, audience: Audience): string[] {
  const everyone = audience.contacts.map(({ id }) => id)
  const named = (audience.groups ?? []).filter(({ id }) => groups?.includes(id))
  const chosen = contacts === 'all' ? everyone : contacts
  return [...chosen, ...named.flatMap((group) => group.contacts), ...receivers]
}
