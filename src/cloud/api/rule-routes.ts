import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { compile, readRule, shownExpression } from '../rules/form/compile.ts'
import { type OwnRuleBody, ownRuleBody } from '../rules/form/own-rule.ts'
import { OwnRuleFailure } from '../rules/form/own-rule-book.ts'
import { servicesQuery } from '../rules/form/services.ts'
import { variablesIn } from '../rules/form/variables.ts'
import type { ApiContext } from './api-context.ts'
import { ApiFailure, notFound } from './api-failure.ts'
import type { RuleDesk, RuleFindings } from './ports.ts'
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
          description:
            'The rule as PromQL, how many series it would find now, and of a form for how many services it is; saves nothing.',
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
    const { rule, faults, warnings } = readRule(body)
    const { description = '', description_en: descriptionEn = '' } = compile(body).annotations
    const expr = shownExpression(body)
    const shown = {
      expr,
      description,
      descriptionEn,
      variables: variablesIn(expr),
      warnings: [...warnings],
    }
    if (!rule) return { ...shown, fault: faults.join('; ') }
    try {
      const [findings, services] = await Promise.all([
        desk.found(environment, rule.query),
        servicesOf(environment, body),
      ])
      return { ...shown, ...findings, ...services }
    } catch (error) {
      return { ...shown, fault: error instanceof Error ? error.message : String(error) }
    }
  }

  /** Nothing when that is too expensive to ask: the rule itself may be cheaper. */
  async function servicesOf(environment: string, body: OwnRuleBody) {
    if (body.kind !== 'form') return {}
    const { found } = await desk.found(environment, servicesQuery(body.form)).catch(nothing)
    return found === undefined ? {} : { services: found }
  }
}

function nothing(): Partial<RuleFindings> {
  return {}
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
