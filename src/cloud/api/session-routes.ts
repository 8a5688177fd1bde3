import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { ApiContext } from './api-context.ts'
import { answerOf, loginBody, userView } from './schemas.ts'
import { SESSION_MS } from './sessions.ts'

const COOKIE = 'tars_alarm_session'

export function tokenOf(request: FastifyRequest): string | undefined {
  return request.cookies[COOKIE]
}

export function sessionRoutes({ sessions, answer }: ApiContext): FastifyPluginAsyncZod {
  return async (app) => {
    const tags = ['session']

    app.post(
      '/login',
      { schema: { tags, body: loginBody, response: { 200: answerOf({ user: userView }) } } },
      async (request, reply) => {
        const { user, token } = await sessions.open({ ...request.body, address: request.ip })
        reply.setCookie(COOKIE, token, { ...cookieOf(request), maxAge: SESSION_MS / 1000 })
        return answer({ user })
      },
    )

    app.post(
      '/logout',
      { schema: { tags, response: { 200: answerOf({}) } } },
      async (request, reply) => {
        await sessions.close(tokenOf(request))
        reply.clearCookie(COOKIE, cookieOf(request))
        return answer({})
      },
    )

    app.get(
      '/session',
      { schema: { tags, response: { 200: answerOf({ user: userView }) } } },
      async (request) => answer({ user: await sessions.userOf(tokenOf(request)) }),
    )
  }
}

function cookieOf(request: FastifyRequest) {
  return {
    path: '/',
    httpOnly: true,
    sameSite: 'strict',
    secure: request.protocol === 'https',
  } as const
}
