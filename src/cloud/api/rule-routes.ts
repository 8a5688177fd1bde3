import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { compile, readRule, shownExpression } from '../rules/form/compile.ts'
import { type OwnRuleBody, ownRuleBody } from '../rules/form/own-rule.ts'
import { OwnRuleFailure } from '../rules/form/own-rule-book.ts'
import type { ApiContext } from './api-context.ts'
import { ApiFailure, notFound } from './api-failure.ts'
import type { RuleDesk } from './ports.ts'
import { previewView, ruleView } from './rule-schemas.ts'
import { viewRules } from './rule-views.ts'
import { answerOf, environmentParams, ruleParams } from './schemas.ts'

const tags = ['rules']
const saved = answerOf({ id: ruleParams.shape.rule })

/** Rules of files and those that people made; only these can be changed. */
export function ruleRoutes(context: ApiContext, desk: RuleDesk): FastifyPluginAsyncZod {
  const { answer, random } = context

  async function save(environment: string, id: string | undefined, body: OwnRuleBody) {
    await context.environment(environment)
    const rule = { environment, id: id ?? Buffer.from(random(8)).toString('hex'), body }
    await desk.book.save(rule, id === undefined).catch(refuse)
    return answer({ id: rule.id })
  }

  return async (app) => {
    app.get(
      '/environments/:id/rules',
      {
        schema: {
          tags,
          params: environmentParams,
          response: { 200: answerOf({ rules: ruleView.array() }) },
        },
      },
      async ({ params: { id } }) => {
        await context.environment(id)
        return answer({ rules: await viewRules(desk, id) })
      },
    )

    app.post(
      '/environments/:id/rules',
      { schema: { tags, params: environmentParams, body: ownRuleBody, response: { 201: saved } } },
      async ({ params, body }, reply) =>
        reply.code(201).send(await save(params.id, undefined, body)),
    )

    app.put(
      '/environments/:id/rules/:rule',
      { schema: { tags, params: ruleParams, body: ownRuleBody, response: { 200: saved } } },
      async ({ params, body }) => save(params.id, params.rule, body),
    )

    app.delete(
      '/environments/:id/rules/:rule',
      { schema: { tags, params: ruleParams, response: { 200: answerOf({}) } } },
      async ({ params: { id, rule } }) => {
        if (!(await desk.book.remove(id, rule))) throw notFound('rule', rule)
        return answer({})
      },
    )

    app.post(
      '/environments/:id/rules/preview',
      {
        schema: {
          tags,
          description: 'The rule as PromQL, and how many series it would find now; saves nothing.',
          ...{ params: environmentParams, body: ownRuleBody },
          response: { 200: answerOf({ preview: previewView }) },
        },
      },
      async ({ params, body }) => {
        await context.environment(params.id)
        return answer({ preview: await preview(params.id, body) })
      },
    )
  }

  async function preview(environment: string, body: OwnRuleBody) {
    const { rule, faults } = readRule(body)
    const { description = '', description_en: descriptionEn = '' } = compile(body).annotations
    const shown = { expr: shownExpression(body), description, descriptionEn }
    if (!rule) return { ...shown, fault: faults.join('; ') }
    try {
      return { ...shown, ...(await desk.found(environment, rule.query)) }
    } catch (error) {
      return { ...shown, fault: error instanceof Error ? error.message : String(error) }
    }
  }
}

/** @throws {ApiFailure} instead of what the book says. */
export function refuse(error: unknown): never {
  if (!(error instanceof OwnRuleFailure)) throw error
  const { reason, message } = error
  if (reason === 'invalid') {
    throw new ApiFailure(reason, message, { fields: [{ field: 'rule/expr', expected: message }] })
  }
  const fields = [{ field: 'ruleName', expected: message }]
  throw new ApiFailure(reason, message, reason === 'taken' ? { fields } : {})
}
