import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { z } from 'zod'
import type { AlertChange } from '../alerts/alert.ts'
import type { Notice } from '../notify/notice.ts'
import type { Language } from '../notify/ports.ts'
import { faultsOf } from '../notify/templates/saying.ts'
import { starterOf } from '../notify/templates/starters.ts'
import { type StoredTemplate, TEMPLATE_KINDS, type Template } from '../notify/templates/template.ts'
import { sampleNotice, VARIABLES, valuesOf } from '../notify/templates/variables.ts'
import type { ApiContext } from './api-context.ts'
import { ApiFailure, notFound } from './api-failure.ts'
import type { TemplateDesk } from './notify-ports.ts'
import { answerOf, environmentParams } from './schemas.ts'
import {
  kindView,
  previewBody,
  previewView,
  templateBody,
  templateParams,
  templatesQuery,
  templateView,
  variableView,
} from './template-schemas.ts'

const MAX_BODY_BYTES = 128 * 1024

const tags = ['templates']
const listed = answerOf({
  templates: templateView.array(),
  kinds: kindView.array(),
  variables: variableView.array(),
})

/** 消息模板: Liquid in place of our texts; without one, and where it fails, a message is as by default. */
export function templateRoutes(context: ApiContext, desk: TemplateDesk): FastifyPluginAsyncZod {
  const { inTurn, answer, alerts } = context

  async function noticeOf({ environment, language }: Template, asked: PreviewBody) {
    const { name } = await context.environment(environment)
    const sample = sampleNotice(language, asked.over)
    const here = { ...sample, environment: { id: environment, name } }
    if (asked.alarm === undefined) return here
    const alert = await alerts.alert(environment, asked.alarm)
    if (!alert) throw notFound('alarm', asked.alarm)
    const story = await alerts.story(environment, asked.alarm)
    const { heldBack: _, ...rest } = here
    const overAt = asked.over ? (alert.resolvedAt ?? context.now()) : undefined
    const at = overAt ?? alert.firedAt ?? alert.activeAt
    const kind = asked.over ? 'resolved' : 'fired'
    const shown = overAt === undefined ? alert : { ...alert, resolvedAt: overAt }
    const headline: AlertChange = {
      kind,
      at,
      receivedAt: at,
      alert: shown,
      ...(story && { story }),
    }
    return { ...rest, headline } satisfies Notice
  }

  return async (app) => {
    app.get(
      '/environments/:id/templates',
      {
        schema: {
          ...{ tags, params: environmentParams, querystring: templatesQuery },
          response: { 200: listed },
        },
      },
      async ({ params: { id }, query: { language } }) => {
        await context.environment(id)
        return answer({
          templates: desk.templates(id).map(viewTemplate),
          kinds: TEMPLATE_KINDS.map((kind) => ({ kind, starter: starterOf(kind, language) })),
          variables: viewVariables(language),
        })
      },
    )

    app.put(
      '/environments/:id/templates/:kind/:language',
      {
        bodyLimit: MAX_BODY_BYTES,
        schema: {
          ...{ tags, params: templateParams, body: templateBody },
          response: { 200: answerOf({ template: templateView }) },
        },
      },
      async ({ params: { id, ...rest }, body: { parts } }) => {
        const template = { environment: id, ...rest, parts }
        refuseFaults(template)
        await inTurn(async () => {
          await context.environment(id)
          await desk.save(template)
        })
        return answer({ template: viewTemplate(template) })
      },
    )

    app.delete(
      '/environments/:id/templates/:kind/:language',
      { schema: { tags, params: templateParams, response: { 200: answerOf({}) } } },
      async ({ params: { id, kind, language } }) => {
        const removed = await inTurn(() => desk.remove(id, kind, language))
        if (!removed) throw notFound('template', `${kind}/${language}`)
        return answer({})
      },
    )

    app.post(
      '/environments/:id/templates/:kind/:language/preview',
      {
        bodyLimit: MAX_BODY_BYTES,
        schema: {
          ...{ tags, params: templateParams, body: previewBody },
          description: 'What a message about an alarm of the environment, or a sample, would be.',
          response: { 200: answerOf({ preview: previewView }) },
        },
      },
      async ({ params: { id, ...rest }, body }) => {
        const template = { environment: id, ...rest, parts: body.parts }
        return answer({ preview: desk.preview(template, await noticeOf(template, body)) })
      },
    )
  }
}

type PreviewBody = z.output<typeof previewBody>

/** @throws {ApiFailure} `invalid`, with what is wrong with each part. */
function refuseFaults({ kind, parts }: Template): void {
  const fields = faultsOf(kind, parts).map(({ part, why }) => ({
    field: `parts/${part}`,
    expected: why,
  }))
  if (fields.length === 0) return
  const texts = fields.map(({ field, expected }) => `${field}: ${expected}`)
  throw new ApiFailure('invalid', texts.join('; '), { fields })
}

function viewTemplate(template: StoredTemplate): z.output<typeof templateView> {
  const { kind, language, parts, failed } = template
  return {
    ...{ kind, language, parts },
    ...(failed && { failed: { atMs: failed.at, why: failed.why, count: failed.count } }),
  }
}

function viewVariables(language: Language): z.output<typeof variableView>[] {
  const surroundings = { publicUrl: 'https://alarm.example.com' }
  const [fired, over] = [false, true].map((isOver) =>
    valuesOf(sampleNotice(language, isOver), surroundings),
  )
  return VARIABLES.map(({ name, ...about }) => {
    // What is empty while it fires has its example when it is over.
    const value = valueAt(fired, name) || valueAt(over, name)
    const example = typeof value === 'string' ? value : JSON.stringify(value)
    return { name, type: typeOf(value), about: about[language], example }
  })
}

function valueAt(values: unknown, name: string): unknown {
  return name.split('.').reduce((at, key) => (at as Record<string, unknown>)[key], values)
}

function typeOf(value: unknown): z.output<typeof variableView>['type'] {
  if (Array.isArray(value)) return 'list'
  if (typeof value === 'number') return 'number'
  if (typeof value === 'boolean') return 'boolean'
  return typeof value === 'string' ? 'text' : 'labels'
}
