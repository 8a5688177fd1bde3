import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { ApiContext } from './api-context.ts'
import { ApiFailure, notFound } from './api-failure.ts'
import type { NewToken, TokenStore } from './ports.ts'
import { answerOf, environmentParams, tokenBody, tokenParams, tokenView } from './schemas.ts'
import { viewToken } from './views.ts'

const MAX_TOKENS = 50

const tags = ['tokens']
const many = { 200: answerOf({ tokens: tokenView.array() }) }
const made = {
  201: answerOf({
    token: tokenView,
    /** The token itself: told this once. */
    secret: z.string(),
  }),
}

export function tokenRoutes(context: ApiContext): FastifyPluginAsyncZod {
  const { tokens } = context
  return async (app) => {
    if (tokens) await app.register(routesOf(context, tokens))
  }
}

function routesOf(context: ApiContext, tokens: TokenStore): FastifyPluginAsyncZod {
  const { inTurn, now, answer } = context

  async function create(environment: string, token: NewToken) {
    await context.environment(environment)
    if ((await tokens.tokens(environment)).length >= MAX_TOKENS) {
      throw new ApiFailure('limit-reached', `there are ${MAX_TOKENS} API tokens already`)
    }
    return tokens.createToken(environment, token, now())
  }

  return async (app) => {
    app.get(
      '/environments/:id/tokens',
      { schema: { tags, params: environmentParams, response: many } },
      async ({ params }) => {
        const { id } = await context.environment(params.id)
        return answer({ tokens: (await tokens.tokens(id)).map(viewToken) })
      },
    )

    app.post(
      '/environments/:id/tokens',
      { schema: { tags, params: environmentParams, body: tokenBody, response: made } },
      async ({ params, body }, reply) => {
        const created = await inTurn(() => create(params.id, body))
        return reply.code(201).send(answer({ token: viewToken(created), secret: created.secret }))
      },
    )

    app.delete(
      '/environments/:id/tokens/:token',
      { schema: { tags, params: tokenParams, response: { 200: answerOf({}) } } },
      async ({ params: { id, token } }) => {
        if (!(await tokens.removeToken(id, token))) throw notFound('API token', token)
        return answer({})
      },
    )
  }
}
