/** The way in for agents: the key names the environment, the admission says when, a refusal says why. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { messageOf } from '../../support/failure.ts'
import type { Log } from '../../support/log.ts'
import type { Admission } from './admission.ts'
import type { EnvironmentId, EnvironmentKeys } from './ports.ts'
import { bodyOf, limited, type Refusal, refusalOf, UNAUTHORIZED, type What } from './refusal.ts'

export interface GateOptions {
  readonly what: What
  readonly keys: EnvironmentKeys
  readonly admission: Admission
  readonly log: Log
  /** Refusals by reason: counted into. */
  readonly refused: Record<string, number>
}

export class Gate {
  readonly #options: GateOptions
  readonly #environments = new WeakMap<FastifyRequest, EnvironmentId>()
  /** The fault of ours that was logged last; '' when one was taken since. */
  #failing = ''

  constructor(options: GateOptions) {
    this.#options = options
  }

  /** For `onRequest`: before the body is read. Throws `Refused`. */
  async admit(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { keys, admission, what } = this.#options
    const key = bearerOf(request.headers.authorization)
    const environment = key && (await keys.environmentOf(key))
    if (!environment) throw new Refused(UNAUTHORIZED)
    const leave = admission.enter(environment)
    if (!leave) throw new Refused(limited(what))
    // Comes after the answer, and when the agent hangs up.
    if (reply.raw.closed) leave()
    else reply.raw.once('close', leave)
    this.#environments.set(request, environment)
  }

  /** Whose an admitted request is. */
  environmentOf(request: FastifyRequest): EnvironmentId {
    const environment = this.#environments.get(request)
    if (environment === undefined) throw new RangeError('a request that was not admitted')
    return environment
  }

  /** One was taken: a fault after it is news again. */
  taken(): void {
    this.#failing = ''
  }

  /** For `setErrorHandler`. */
  refuse(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const { what, refused } = this.#options
    const refusal = error instanceof Refused ? error.refusal : refusalOf(error, what)
    const { status, reason, retryAfterSeconds } = refusal
    refused[reason] = (refused[reason] ?? 0) + 1
    if (status >= 500) this.#logOnce(reason, error, this.#environments.get(request))
    if (retryAfterSeconds !== undefined) reply.header('retry-after', retryAfterSeconds)
    if (status === 401) reply.header('www-authenticate', 'Bearer')
    return reply.code(status).send(bodyOf(refusal))
  }

  #logOnce(reason: string, error: unknown, environment: EnvironmentId | undefined): void {
    if (reason === this.#failing) return
    this.#failing = reason
    const { log, what } = this.#options
    log.error({ environment, reason, error: messageOf(error) }, `a ${what} was not taken`)
  }
}

/** Carries a refusal to the error handler. */
export class Refused extends Error {
  readonly refusal: Refusal

  constructor(refusal: Refusal) {
    super(refusal.message)
    this.refusal = refusal
  }
}

function bearerOf(authorization: string | undefined): string | undefined {
  return /^Bearer +([\w.~+/=-]{1,256})$/i.exec(authorization ?? '')?.[1]
}
