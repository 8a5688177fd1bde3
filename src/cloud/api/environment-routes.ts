import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { ApiContext } from './api-context.ts'
import { ApiFailure, notFound } from './api-failure.ts'
import { makeEnvironment } from './new-environment.ts'
import type { EnvironmentWithKey } from './ports.ts'
import {
  answerOf,
  environmentBody,
  environmentParams,
  environmentView,
  removalQuery,
} from './schemas.ts'
import { viewEnvironment } from './views.ts'

const one = { 200: answerOf({ environment: environmentView }) }
const tags = ['environments']

export function environmentRoutes(context: ApiContext): FastifyPluginAsyncZod {
  const { environments, inTurn, now, answer } = context

  async function view(environment: EnvironmentWithKey) {
    return viewEnvironment(environment, await environments.agents(environment.id), now())
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
