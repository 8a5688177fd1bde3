import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { thresholdSchema, thresholdsSchema } from '../baselines/threshold.ts'
import type { ApiContext } from './api-context.ts'
import type { ThresholdStore } from './ports.ts'
import { answerOf, environmentParams } from './schemas.ts'

/** 2,000 thresholds with long names. */
const MAX_BODY_BYTES = 2 * 1024 * 1024

const tags = ['rules']
const all = { 200: answerOf({ thresholds: thresholdSchema.array() }) }

/** All thresholds of an environment at once; whose threshold is not there has that of its rule file. */
export function thresholdRoutes(context: ApiContext, store: ThresholdStore): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/environments/:id/thresholds',
      { schema: { tags, params: environmentParams, response: all } },
      async ({ params: { id } }) => {
        await context.environment(id)
        return context.answer({ thresholds: [...(await store.thresholds(id))] })
      },
    )

    app.put(
      '/environments/:id/thresholds',
      {
        bodyLimit: MAX_BODY_BYTES,
        schema: { tags, params: environmentParams, body: thresholdsSchema, response: all },
      },
      async ({ params: { id }, body }) => {
        await context.environment(id)
        await store.saveThresholds(id, body)
        return context.answer({ thresholds: body })
      },
    )
  }
}
