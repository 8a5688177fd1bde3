import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { agentDetail, reportersQuery, reporterView } from './agent-schemas.ts'
import { viewAgentDetail, viewReporter } from './agent-view.ts'
import type { ApiContext } from './api-context.ts'
import { notFound } from './api-failure.ts'
import type { Reporter } from './ports.ts'
import { agentParams, answerOf, environmentParams } from './schemas.ts'

const MAX_REPORTERS = 500
/** Looked through for those to be listed. */
const MAX_SEARCHED = 50_000

const tags = ['agents']
const many = { 200: answerOf({ agents: agentDetail.array() }) }
const one = { 200: answerOf({ agent: agentDetail }) }
const reporters = {
  200: answerOf({
    reporters: reporterView.array(),
    /** How many there are beyond those listed. */
    leftOut: z.number(),
  }),
}

export function agentRoutes(context: ApiContext): FastifyPluginAsyncZod {
  const { environments, now, answer } = context
  return async (app) => {
    app.get(
      '/environments/:id/agents',
      { schema: { tags, params: environmentParams, response: many } },
      async ({ params }) => {
        const { id } = await context.environment(params.id)
        const agents = await environments.agents(id)
        return answer({ agents: agents.map((agent) => viewAgentDetail(agent, now())) })
      },
    )

    app.get(
      '/environments/:id/agents/:agent',
      { schema: { tags, params: agentParams, response: one } },
      async ({ params }) => {
        const agents = await environments.agents(params.id)
        const agent = agents.find((each) => each.agent === params.agent)
        if (!agent) throw notFound('agent', params.agent)
        return answer({ agent: viewAgentDetail(agent, now()) })
      },
    )

    app.get(
      '/environments/:id/reporters',
      {
        schema: {
          tags,
          params: environmentParams,
          querystring: reportersQuery,
          response: reporters,
        },
      },
      async ({ params, query: { text = '' } }) => {
        const { id } = await context.environment(params.id)
        const all = (await context.reporters?.reporters(id, MAX_SEARCHED)) ?? []
        const found = all.filter((reporter) => hasText(reporter, text.trim().toLowerCase()))
        const listed = found.slice(0, MAX_REPORTERS)
        return answer({
          reporters: listed.map(viewReporter),
          leftOut: found.length - listed.length,
        })
      },
    )
  }
}

function hasText({ module, ip }: Reporter, lowerCase: string): boolean {
  return module.toLowerCase().includes(lowerCase) || ip.toLowerCase().includes(lowerCase)
}
