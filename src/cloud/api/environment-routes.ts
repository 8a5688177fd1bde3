import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { ApiContext } from './api-context.ts'
import { ApiFailure, notFound } from './api-failure.ts'
import { makeEnvironment } from './new-environment.ts'
import type { EnvironmentWithKey } from './ports.ts'
import { checkRetention } from './retention.ts'
import {
  answerOf,
  environmentBody,
  environmentParams,
  environmentView,
  removalQuery,
  retentionBody,
  usageView,
} from './schemas.ts'
import { viewEnvironment } from './views.ts'

const one = { 200: answerOf({ environment: environmentView }) }
const tags = ['environments']

export function environmentRoutes(context: ApiContext): FastifyPluginAsyncZod {
  const { environments, inTurn, now, answer, defaultRetention } = context

  async function view(environment: EnvironmentWithKey) {
    const agents = await environments.agents(environment.id)
    return viewEnvironment(environment, agents, defaultRetention, now())
  }

  return async (app) => {
    app.get(
      '/environments',
      { schema: { tags, response: { 200: answerOf({ environments: environmentView.array() }) } } },
      async () => {
        const all = await environments.environments()
        return answer({ environments: await Promise.all(all.map(view)) })
      },
    )

    app.post(
      '/environments',
      {
        schema: {
          tags,
          body: environmentBody,
          response: { 201: answerOf({ environment: environmentView }) },
        },
      },
      async ({ body }, reply) => {
        const created = await inTurn(() => makeEnvironment(environments, body, now()))
        return reply.code(201).send(answer({ environment: await view(created) }))
      },
    )

    app.get(
      '/environments/:id',
      { schema: { tags, params: environmentParams, response: one } },
      async ({ params }) =>
        answer({ environment: await view(await context.environment(params.id)) }),
    )

    app.post(
      '/environments/:id/rotate-key',
      { schema: { tags, params: environmentParams, response: one } },
      async ({ params }) => {
        const rotated = await environments.rotateKey(params.id)
        if (!rotated) throw notFound('environment', params.id)
        return answer({ environment: await view(rotated) })
      },
    )

    app.put(
      '/environments/:id/retention',
      { schema: { tags, params: environmentParams, body: retentionBody, response: one } },
      async ({ params, body }) => {
        checkRetention(body, defaultRetention)
        const changed = await environments.setRetention(params.id, body)
        if (!changed) throw notFound('environment', params.id)
        return answer({ environment: await view(changed) })
      },
    )

    app.get(
      '/environments/:id/usage',
      {
        schema: {
          ...{ tags, params: environmentParams },
          response: { 200: answerOf({ usage: usageView }) },
        },
      },
      async ({ params }) => {
        const { id } = await context.environment(params.id)
        const { records = 0, bytes = 0 } = (await context.usage?.stats(id)) ?? {}
        return answer({ usage: { records, bytes } })
      },
    )

    app.delete(
      '/environments/:id',
      {
        schema: {
          tags,
          params: environmentParams,
          querystring: removalQuery,
          response: { 200: answerOf({}) },
        },
      },
      async ({ params, query }) => {
        const { id, name } = await context.environment(params.id)
        if (query.name !== name) {
          const fields = [{ field: 'name', expected: 'the name of the environment' }]
          throw new ApiFailure('name-differs', 'the name does not confirm the removal', { fields })
        }
        await environments.removeEnvironment(id)
        return answer({})
      },
    )
  }
}
