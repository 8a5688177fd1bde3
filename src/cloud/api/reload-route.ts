/**
 * `POST /-/reload`, as Prometheus has it with `--web.enable-lifecycle`, for whoever may log in: a session of the
 * console (with its header against other sites), or name and password as HTTP Basic, for `curl -u`. On the
 * machine itself SIGHUP does the same without either.
 */
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import { Failure } from '../../support/failure.ts'
import type { ApiContext } from './api-context.ts'
import { ApiFailure } from './api-failure.ts'
import { tokenOf } from './session-routes.ts'

/** Resolves with what to tell, a line each. Rejects with a `Failure` that says what is wrong with which file. */
export type ReloadRules = () => Promise<readonly string[]>

export function reloadRoute(context: ApiContext, reload: ReloadRules): FastifyPluginAsync {
  return async (app) => {
    app.route({
      method: ['POST', 'PUT'],
      url: '/-/reload',
      schema: { hide: true },
      onRequest: (request) => admit(request, context),
      handler: async (_, reply) => {
        reply.type('text/plain; charset=utf-8')
        try {
          return reply.send(textOf(await reload()))
        } catch (error) {
          if (!(error instanceof Failure)) throw error
          const said = ['nothing changed:', error.message]
          return reply.code(422).send(textOf(said))
        }
      },
    })
  }
}

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('')
}

/** Throws `ApiFailure`. */
async function admit(request: FastifyRequest, { sessions }: ApiContext): Promise<void> {
  const credentials = basicOf(request.headers.authorization)
  if (credentials) {
    const { token } = await sessions.open({ ...credentials, address: request.ip })
    await sessions.close(token)
    return
  }
  if (request.headers['x-requested-with'] !== 'tars-alarm') {
    throw new ApiFailure('foreign-request', 'expected the header X-Requested-With: tars-alarm')
  }
  await sessions.userOf(tokenOf(request))
}

function basicOf(header: string | undefined): { name: string; password: string } | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/=]+)$/i.exec(header ?? '')?.[1]
  if (encoded === undefined) return undefined
  const [name = '', ...password] = Buffer.from(encoded, 'base64').toString().split(':')
  return { name, password: password.join(':') }
}
