import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Contact } from '../notify/ports.ts'
import type { ApiContext } from './api-context.ts'
import { ApiFailure, notFound } from './api-failure.ts'
import { refuseUsed } from './references.ts'
import { answerOf, contactBody, contactParams, contactView, environmentParams } from './schemas.ts'
import { viewContact } from './views.ts'

const MAX_CONTACTS = 500

const tags = ['contacts']
const one = answerOf({ contact: contactView })

export function contactRoutes(context: ApiContext): FastifyPluginAsyncZod {
  const { contacts, inTurn, answer, random } = context

  /** `id` is undefined for a new contact. */
  async function save(environment: string, id: string | undefined, body: ContactBody) {
    await context.environment(environment)
    const existing = await contacts.contacts(environment)
    if (id === undefined && existing.length >= MAX_CONTACTS) {
      throw new ApiFailure('limit-reached', `there are ${MAX_CONTACTS} contacts already`)
    }
    if (id !== undefined && !existing.some((other) => other.id === id)) {
      throw notFound('contact', id)
    }
    refuseTaken(existing, id, body.email)
    const contact = { ...body, id: id ?? Buffer.from(random(8)).toString('hex'), environment }
    await contacts.saveContact(contact)
    return answer({ contact: viewContact(contact) })
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

type ContactBody = Omit<Contact, 'id' | 'environment'>

/** Two contacts with one address would be told everything twice. */
function refuseTaken(existing: readonly Contact[], id: string | undefined, email: string): void {
  const same = ({ email: other }: Contact) => other.toLowerCase() === email.toLowerCase()
  if (existing.some((other) => other.id !== id && same(other))) {
    const fields = [{ field: 'email', expected: 'an address that no other contact has' }]
    throw new ApiFailure('taken', `a contact with ${email} exists`, { fields })
  }
}
