import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import {
  MAX_THRESHOLDS,
  type Threshold,
  type ThresholdChange,
  Thresholds,
  thresholdChangeSchema,
  thresholdSchema,
  thresholdsSchema,
  withoutThreshold,
  withThreshold,
} from '../baselines/threshold.ts'
import { COMPARED_WITH } from '../rules/learning.ts'
import { adjustableRules } from '../rules/threshold/adjustable.ts'
import type { ApiContext } from './api-context.ts'
import { ApiFailure } from './api-failure.ts'
import type { CalledReads, RuleDesk, ThresholdStore } from './ports.ts'
import { answerOf, environmentParams } from './schemas.ts'
import { checkNames } from './threshold-names.ts'
import { checkRatios } from './threshold-ratios.ts'
import { thresholdRulesView, thresholdsQuery } from './threshold-schemas.ts'
import { effectiveOf, viewRule } from './threshold-view.ts'

/** 2,000 thresholds with long names. */
const MAX_BODY_BYTES = 2 * 1024 * 1024
const MAX_SERVERS = 2_000

const tags = ['rules']
const shared = { tags, params: environmentParams }
const all = { 200: answerOf({ thresholds: thresholdSchema.array() }) }

/** All thresholds of an environment at once; whose threshold is not there has that of its rule file. */
export function thresholdRoutes(
  context: ApiContext,
  store: ThresholdStore,
  /** Absent: rules of any name have thresholds. */
  reads?: RuleDesk['reads'],
): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/environments/:id/thresholds',
      { schema: { ...shared, response: all } },
      async ({ params: { id } }) => {
        await context.environment(id)
        return context.answer({ thresholds: [...(await store.thresholds(id))] })
      },
    )

    app.put(
      '/environments/:id/thresholds',
      {
        bodyLimit: MAX_BODY_BYTES,
        schema: { ...shared, body: thresholdsSchema, response: all },
      },
      async ({ params: { id }, body }) => {
        await context.environment(id)
        await context.inTurn(async () => {
          const before = await store.thresholds(id)
          checkNames(body, before, reads?.rules(id))
          checkRatios(body, before, reads?.rules(id))
          await store.saveThresholds(id, body)
        })
        return context.answer({ thresholds: body })
      },
    )

    app.post(
      '/environments/:id/thresholds',
      {
        schema: {
          ...{ ...shared, body: thresholdChangeSchema, response: all },
          description: 'Sets one threshold, or with the value null takes it away.',
        },
      },
      async ({ params: { id }, body }) => {
        await context.environment(id)
        return context.answer({ thresholds: await context.inTurn(() => change(id, body)) })
      },
    )
  }

  async function change(id: string, { value, ...place }: ThresholdChange): Promise<Threshold[]> {
    const before = await store.thresholds(id)
    if (value !== null) {
      checkNames({ ...place, value }, before, reads?.rules(id))
      checkRatios({ ...place, value }, before, reads?.rules(id))
    }
    const after =
      value === null ? withoutThreshold(before, place) : withThreshold(before, { ...place, value })
    if (!thresholdsSchema.safeParse(after).success) {
      const message = `there are ${MAX_THRESHOLDS} thresholds at most: take away one that nobody needs`
      throw new ApiFailure('limit-reached', message)
    }
    await store.saveThresholds(id, after)
    return [...after]
  }
}

/** Rules whose threshold can be set, and which holds where. */
export function thresholdRuleRoutes(
  context: ApiContext,
  store: ThresholdStore,
  {
    reads,
    learned,
    called,
  }: Pick<RuleDesk, 'reads' | 'learned'> & { readonly called: CalledReads },
): FastifyPluginAsyncZod {
  const { answer } = context

  async function view(id: string, server: string) {
    const [servers, interfaces, thresholds, known] = await Promise.all([
      called.servers(id),
      server === '' ? [] : called.interfaces(id, server),
      store.thresholds(id),
      learned(id),
    ])
    const set = new Thresholds(thresholds)
    const rules = adjustableRules(reads.rules(id)).map((rule) => ({
      ...viewRule(rule),
      effective: effectiveOf(rule, set, server),
      interfaces: interfaces.toSorted().map((name) => {
        return { interface: name, ...effectiveOf(rule, set, server, name) }
      }),
    }))
    return {
      ...{ thresholds: [...thresholds], rules },
      learning: COMPARED_WITH.filter((by) => !known.has(by)),
      servers: servers.toSorted().slice(0, MAX_SERVERS),
    }
  }

  return async (app) => {
    app.get(
      '/environments/:id/thresholds/rules',
      {
        schema: {
          ...{ ...shared, querystring: thresholdsQuery },
          response: { 200: answerOf(thresholdRulesView) },
        },
      },
      async ({ params: { id }, query: { server = '' } }) => {
        await context.environment(id)
        return answer(await view(id, server))
      },
    )
  }
}
