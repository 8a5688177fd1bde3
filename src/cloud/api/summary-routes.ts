import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Subscription } from '../notify/summary/subscription.ts'
import type { ApiContext } from './api-context.ts'
import { notFound } from './api-failure.ts'
import type { NotifyDesk, SummaryDesk } from './notify-ports.ts'
import { newId, refuseCount } from './policy-routes.ts'
import { refuseUnknown } from './references.ts'
import { answerOf, environmentParams, timeZone } from './schemas.ts'

const MAX_SUMMARIES = 50

const tags = ['summaries']
const id = z.string().max(100)
const summaryParams = environmentParams.extend({ summary: id })

const summaryBody = z
  .strictObject({
    every: z.enum(['day', 'week'], 'day or week'),
    /** Of a weekly one; 0 is Sunday. */
    weekday: z.int('0 to 6').min(0, '0 to 6').max(6, '0 to 6').default(1),
    /** When the period ends, and the mail goes out. */
    at: z
      .string()
      .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'a time such as 09:00')
      .default('09:00'),
    timeZone: timeZone.default('Asia/Shanghai'),
    contacts: z.array(id).max(500).default([]),
    groups: z.array(id).max(100).default([]),
    /** One line also of a period in which nothing happened. */
    evenIfQuiet: z.boolean('true or false').default(true),
  })
  .refine(({ contacts, groups }) => contacts.length + groups.length > 0, {
    path: ['contacts'],
    error: 'a contact or a group',
  })

const summaryView = z.object({ ...summaryBody.shape, id: z.string() })
const one = answerOf({ summary: summaryView })

/** 告警日报 and 周报: mails of what happened, to contacts and those of groups. */
export function summaryRoutes(
  context: ApiContext,
  desk: NotifyDesk,
  summaries: SummaryDesk,
): FastifyPluginAsyncZod {
  const { inTurn, answer, now, contacts } = context
  const { store } = summaries

  async function save(environment: string, known: string | undefined, body: SummaryBody) {
    await context.environment(environment)
    const existing = await store.subscriptionsOf(environment)
    refuseCount('summaries', known, existing, MAX_SUMMARIES)
    if (known !== undefined && !existing.some((other) => other.id === known)) {
      throw notFound('summary', known)
    }
    refuseUnknown('contacts', body.contacts, await contacts.contacts(environment))
    refuseUnknown('groups', body.groups, await desk.policies.groups(environment))
    const subscription = { ...body, id: known ?? newId(context), environment }
    await store.saveSubscription(subscription, now())
    summaries.changed()
    return answer({ summary: viewSummary(subscription) })
  }

  return async (app) => {
    app.get(
      '/environments/:id/summaries',
      {
        schema: {
          ...{ tags, params: environmentParams },
          response: { 200: answerOf({ summaries: summaryView.array() }) },
        },
      },
      async ({ params }) => {
        await context.environment(params.id)
        const all = await store.subscriptionsOf(params.id)
        return answer({ summaries: all.map(viewSummary) })
      },
    )

    app.post(
      '/environments/:id/summaries',
      { schema: { tags, params: environmentParams, body: summaryBody, response: { 201: one } } },
      async ({ params, body }, reply) =>
        reply.code(201).send(await inTurn(() => save(params.id, undefined, body))),
    )

    app.put(
      '/environments/:id/summaries/:summary',
      { schema: { tags, params: summaryParams, body: summaryBody, response: { 200: one } } },
      async ({ params, body }) => inTurn(() => save(params.id, params.summary, body)),
    )

    app.delete(
      '/environments/:id/summaries/:summary',
      { schema: { tags, params: summaryParams, response: { 200: answerOf({}) } } },
      async ({ params: { id: environment, summary } }) => {
        const removed = await inTurn(() => store.removeSubscription(environment, summary))
        if (!removed) throw notFound('summary', summary)
        return answer({})
      },
    )
  }
}

type SummaryBody = z.output<typeof summaryBody>

function viewSummary(subscription: Subscription): z.output<typeof summaryView> {
  const { environment: _, contacts, groups, ...rest } = subscription
  return { ...rest, contacts: [...contacts], groups: [...groups] }
}
