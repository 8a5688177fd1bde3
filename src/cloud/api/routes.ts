import fastifyCookie from '@fastify/cookie'
import fastifySwagger from '@fastify/swagger'
import type { FastifyError, FastifyInstance, FastifyPluginAsync } from 'fastify'
import {
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
} from 'fastify-type-provider-zod'
import { actRoutes } from './act-routes.ts'
import { agentRoutes } from './agent-routes.ts'
import { alarmRoutes } from './alarm-routes.ts'
import { type ApiContext, type ApiOptions, apiContext } from './api-context.ts'
import { ApiFailure, notFound } from './api-failure.ts'
import { calendarRoutes } from './calendar-routes.ts'
import { confirmRoutes } from './confirm-routes.ts'
import { consoleFiles } from './console-files.ts'
import { contactRoutes } from './contact-routes.ts'
import { drillRoutes } from './drill-routes.ts'
import { environmentRoutes } from './environment-routes.ts'
import { failureOf } from './error-answer.ts'
import { muteRoutes } from './mute-routes.ts'
import { pictureRoutes } from './picture-routes.ts'
import { groupRoutes, policyRoutes } from './policy-routes.ts'
import { receiverRoutes } from './receiver-routes.ts'
import { reloadRoute } from './reload-route.ts'
import { rotaRoutes } from './rota-routes.ts'
import { routeTreeRoutes } from './route-tree-routes.ts'
import { ruleFileRoutes } from './rule-file-routes.ts'
import { ruleRoutes } from './rule-routes.ts'
import { answerOf, errorAnswer } from './schemas.ts'
import { securityHeaders } from './security-headers.ts'
import { sessionRoutes, tokenOf } from './session-routes.ts'
import { summaryRoutes } from './summary-routes.ts'
import { templateRoutes } from './template-routes.ts'
import { calmerRoutes } from './threshold-calmer-routes.ts'
import { thresholdRoutes, thresholdRuleRoutes } from './threshold-routes.ts'
import { tokenRoutes } from './token-routes.ts'
import { traceRoute } from './trace-route.ts'
import { trialRoutes } from './trial-routes.ts'

const PREFIX = '/api/v1'
const MAX_BODY_BYTES = 16 * 1024
const CHANGES = ['POST', 'PUT', 'PATCH', 'DELETE']

/**
 * The console: its pages at `/`, its API under `/api/v1`, `/api/openapi.json`, `/healthz`.
 * A fastify plugin; everything it sets (parsers, limits, hooks, answers to errors) stays inside it,
 * but it answers what no route matches. `request.ip` and `request.protocol` decide on throttling and
 * the `Secure` cookie: behind a proxy the server needs `trustProxy`.
 */
export const apiRoutes: FastifyPluginAsync<ApiOptions> = async (app, options) => {
  const context = apiContext(options)
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.removeContentTypeParser('text/plain')
  app.addHook('onRoute', (route) => {
    route.bodyLimit ??= MAX_BODY_BYTES
  })
  securityHeaders(app)
  answerErrors(app, context)
  await app.register(fastifyCookie)
  await openApi(app)
  health(app, context)
  await app.register(guardedRoutes(context), { prefix: PREFIX })
  if (context.verification) await app.register(confirmRoutes(context, context.verification))
  if (options.reloadRules) await app.register(reloadRoute(context, options.reloadRules))
  await consoleFiles(app, options.consoleFolder)
}

function guardedRoutes(context: ApiContext): FastifyPluginAsync {
  return async (app) => {
    app.addHook('onRequest', async (request) => {
      // No other site can send this header, nor a form.
      const ours = request.headers['x-requested-with'] === 'tars-alarm'
      if (CHANGES.includes(request.method) && !ours) {
        throw new ApiFailure('foreign-request', 'expected the header X-Requested-With: tars-alarm')
      }
    })
    await app.register(sessionRoutes(context))
    await app.register(async (inner) => {
      inner.addHook('onRequest', async (request) => {
        await context.sessions.userOf(tokenOf(request))
      })
      await inner.register(environmentRoutes(context))
      await inner.register(agentRoutes(context))
      await inner.register(contactRoutes(context))
      await inner.register(alarmRoutes(context))
      await inner.register(tokenRoutes(context))
      const { notifyDesk } = context
      if (notifyDesk) {
        await inner.register(policyRoutes(context, notifyDesk))
        await inner.register(groupRoutes(context, notifyDesk))
        await inner.register(rotaRoutes(context, notifyDesk))
        await inner.register(receiverRoutes(context, notifyDesk))
        await inner.register(muteRoutes(context, notifyDesk))
        await inner.register(traceRoute(context, notifyDesk))
        const { routeTrees } = notifyDesk
        if (routeTrees) await inner.register(routeTreeRoutes(context, notifyDesk, routeTrees))
        const { templates, summaries, drills } = notifyDesk
        if (templates) await inner.register(templateRoutes(context, templates))
        if (summaries) await inner.register(summaryRoutes(context, notifyDesk, summaries))
        if (drills) await inner.register(drillRoutes(context, drills))
        await inner.register(actRoutes(context, notifyDesk))
      }
      const { ruleDesk, thresholds, calendars, trials, called, pictures } = context
      if (pictures) await inner.register(pictureRoutes(context, pictures))
      if (ruleDesk) await inner.register(ruleRoutes(context, ruleDesk))
      if (ruleDesk) await inner.register(ruleFileRoutes(context, ruleDesk.uploads))
      if (ruleDesk && trials) await inner.register(trialRoutes(context, ruleDesk, trials))
      if (calendars) await inner.register(calendarRoutes(context, calendars))
      if (thresholds) await inner.register(thresholdRoutes(context, thresholds, ruleDesk?.reads))
      if (ruleDesk && thresholds && called) {
        const desk = { ...ruleDesk, called }
        await inner.register(thresholdRuleRoutes(context, thresholds, desk))
        await inner.register(calmerRoutes(context, thresholds, desk))
      }
    })
  }
}

function answerErrors(app: FastifyInstance, { answer }: ApiContext): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const failure = failureOf(error)
    const { status, reason, message, fields, retryAfterMs } = failure
    if (status === 500) request.log.error(error)
    if (retryAfterMs !== undefined) reply.header('retry-after', Math.ceil(retryAfterMs / 1000))
    reply.code(status).serializer(JSON.stringify).type('application/json; charset=utf-8')
    return reply.send(answer({ error: { reason, message, ...(fields && { fields }) } }))
  })
  app.setNotFoundHandler((request) => {
    throw notFound('page', request.url.split('?')[0] ?? '')
  })
}

async function openApi(app: FastifyInstance): Promise<void> {
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'tars-alarm',
        version: '1',
        description: 'API of the console. Changes need the header `X-Requested-With: tars-alarm`.',
      },
      components: {
        securitySchemes: {
          session: { type: 'apiKey', in: 'cookie', name: 'tars_alarm_session' },
        },
      },
      security: [{ session: [] }],
    },
    transform: jsonSchemaTransform,
  })
  // Every route may refuse.
  app.addHook('onRoute', ({ schema }) => {
    if (schema && !schema.hide) schema.response = { ...Object(schema.response), '4xx': errorAnswer }
  })
  app.get('/api/openapi.json', { schema: { hide: true } }, () => app.swagger())
}

function health(app: FastifyInstance, { users, answer }: ApiContext): void {
  const schema = { response: { 200: answerOf({}) } }
  app.get('/healthz', { schema }, async () => {
    await users.userCount()
    return answer({})
  })
}
