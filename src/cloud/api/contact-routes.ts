import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { z } from 'zod'
import { phoneOf } from '../notify/phone.ts'
import type { Contact, StoredContact } from '../notify/ports.ts'
import type { Verification } from '../notify/verification.ts'
import type { ApiContext } from './api-context.ts'
import { ApiFailure, notFound } from './api-failure.ts'
import { refuseUsed } from './references.ts'
import { answerOf, contactBody, contactParams, contactView, environmentParams } from './schemas.ts'
import { viewContact } from './views.ts'

const MAX_CONTACTS = 500

const tags = ['contacts']
const one = answerOf({ contact: contactView })

export function contactRoutes(context: ApiContext): FastifyPluginAsyncZod {
  const { contacts, verification, inTurn, answer, random } = context

  /** `id` is undefined for a new contact. */
  async function save(environment: string, id: string | undefined, body: ContactBody) {
    const { name } = await context.environment(environment)
    const existing = await contacts.contacts(environment)
    if (id === undefined && existing.length >= MAX_CONTACTS) {
      throw new ApiFailure('limit-reached', `there are ${MAX_CONTACTS} contacts already`)
    }
    if (id !== undefined && !existing.some((other) => other.id === id)) {
      throw notFound('contact', id)
    }
    refuseTaken(existing, id, body.email)
    const contact = contactOf(environment, id ?? Buffer.from(random(8)).toString('hex'), body)
    const kept = existing.find((other) => other.id === id && other.email === body.email)
    if (!kept) return answer({ contact: viewContact(await saveNewAddress(context, contact, name)) })
    await contacts.saveContact(contact)
    return answer({ contact: viewContact({ ...contact, ...addressOf(kept) }) })
  }

  /** Asks the owner of the address once more; where none is asked a disabled address is tried again. */
  async function verify(environment: string, id: string) {
    const { name } = await context.environment(environment)
    const contact = await contacts.contact(environment, id)
    if (!contact) throw notFound('contact', id)
    const { unverified, disabled } = contact.address ?? {}
    if (!unverified && !disabled) return answer({ contact: viewContact(contact) })
    if (verification) await askOrRefuse(verification, contact, name)
    else await contacts.changeAddress(environment, id, () => ({}))
    const changed = await contacts.contact(environment, id)
    return answer({ contact: viewContact(changed ?? contact) })
  }

  return async (app) => {
    app.get(
      '/environments/:id/contacts',
      {
        schema: {
          tags,
          params: environmentParams,
          response: { 200: answerOf({ contacts: contactView.array() }) },
        },
      },
      async ({ params }) => {
        await context.environment(params.id)
        return answer({ contacts: (await contacts.contacts(params.id)).map(viewContact) })
      },
    )

    app.post(
      '/environments/:id/contacts',
      { schema: { tags, params: environmentParams, body: contactBody, response: { 201: one } } },
      async ({ params, body }, reply) =>
        reply.code(201).send(await inTurn(() => save(params.id, undefined, body))),
    )

    app.put(
      '/environments/:id/contacts/:contact',
      { schema: { tags, params: contactParams, body: contactBody, response: { 200: one } } },
      async ({ params, body }) => inTurn(() => save(params.id, params.contact, body)),
    )

    app.post(
      '/environments/:id/contacts/:contact/verify',
      {
        schema: {
          ...{ tags, params: contactParams },
          description:
            'Asks the owner of an unverified or disabled address once more, by a mail with a link.',
          response: { 200: one },
        },
      },
      async ({ params: { id, contact } }) => inTurn(() => verify(id, contact)),
    )

    app.delete(
      '/environments/:id/contacts/:contact',
      { schema: { tags, params: contactParams, response: { 200: answerOf({}) } } },
      async ({ params: { id, contact } }) => {
        await inTurn(async () => {
          if (context.notifyDesk) await refuseUsed(context.notifyDesk, id, 'contacts', contact)
          if (!(await contacts.removeContact(id, contact))) throw notFound('contact', contact)
        })
        return answer({})
      },
    )
  }
}

type ContactBody = z.output<typeof contactBody>

function contactOf(environment: string, id: string, body: ContactBody): Contact {
  const { name, email, language, timeZone, dingtalk, wecom, feishu } = body
  const phone = phoneOf(body.phone ?? '')
  return {
    ...{ id, environment, name, email, language, timeZone },
    ...(phone && { phone }),
    ...(dingtalk && { dingtalk }),
    ...(wecom && { wecom }),
    ...(feishu && { feishu }),
  }
}

/** What is known of an address that stays. */
function addressOf({ address }: StoredContact) {
  return address && { address }
}

/** Saves a contact whose address is new; where addresses are confirmed its owner is asked. */
async function saveNewAddress(
  { contacts, verification, now }: ApiContext,
  contact: Contact,
  environmentName: string,
): Promise<StoredContact> {
  if (!verification || contact.email === '') {
    await contacts.saveContact(contact)
    return contact
  }
  const unverified = { ...contact, address: { unverified: { since: now() } } }
  await contacts.saveContact(unverified)
  // Where it was asked too often already, somebody asks again later.
  await verification.ask(unverified, environmentName)
  return unverified
}

/** @throws {ApiFailure} `too-soon`. */
async function askOrRefuse(
  verification: Verification,
  contact: StoredContact,
  environment: string,
) {
  const retryAfterMs = await verification.ask(contact, environment)
  if (retryAfterMs === 0) return
  const message = `${contact.email} was asked just now, or often enough for today`
  throw new ApiFailure('too-soon', message, { retryAfterMs })
}

/** Two contacts with one address would be told everything twice. */
function refuseTaken(existing: readonly Contact[], id: string | undefined, email: string): void {
  if (email === '') return
  const same = ({ email: other }: Contact) => other.toLowerCase() === email.toLowerCase()
  if (existing.some((other) => other.id !== id && same(other))) {
    const fields = [{ field: 'email', expected: 'an address that no other contact has' }]
    throw new ApiFailure('taken', `a contact with ${email} exists`, { fields })
  }
}
