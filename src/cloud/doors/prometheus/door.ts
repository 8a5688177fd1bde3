/** The gate before the routes, and how refusals are answered and counted. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '../../../support/clock.ts'
import { messageOf } from '../../../support/failure.ts'
import type { Log } from '../../../support/log.ts'
import { CHALLENGE, type TokenKeys, turnedAway } from '../visitor/admit.ts'
import { DoorFailure, type DoorReason, failureOf } from './door-failure.ts'
import { failureJson } from './envelope.ts'

export interface DoorCounters {
  /** Calls that were answered. */
  answered: number
  /** Calls that were not, by the `errorType` they were told. */
  readonly refused: Partial<Record<DoorReason, number>>
}

export function newDoorCounters(): DoorCounters {
  return { answered: 0, refused: {} }
}

export interface DoorOptions {
  readonly keys: TokenKeys
  readonly clock: Clock
  readonly log: Log
  /** Counted into; our own metrics read it. */
  readonly counters?: DoorCounters
}

export class Door {
  readonly #options: DoorOptions
  readonly #counters: DoorCounters
  /** The fault of ours that was logged last. */
  #said = ''

  constructor(options: DoorOptions) {
    this.#options = options
    this.#counters = options.counters ?? newDoorCounters()
  }

  guard(app: FastifyInstance): void {
    const { keys, clock } = this.#options
    app.addHook('onRequest', async (request, reply) => {
      reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
      const { authorization } = request.headers
      const visitor = { authorization, environment: environmentOf(request), scope: 'read' } as const
      const refusal = await turnedAway(keys, visitor, clock.now())
      if (!refusal) return
      const reason = refusal.status === 401 ? 'unauthorized' : 'forbidden'
      throw new DoorFailure(reason, refusal.message)
    })
    app.setErrorHandler((error, request, reply) => this.#refuse(error, request, reply))
  }

  answered(): void {
    this.#counters.answered++
  }

  #refuse(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const failure = failureOf(error)
    const { cause, reason, status } = failure
    const { refused } = this.#counters
    refused[reason] = (refused[reason] ?? 0) + 1
    if (reason === 'internal' || (reason === 'unavailable' && cause !== undefined)) {
      this.#log(cause, environmentOf(request))
    }
    if (status === 401) reply.header('www-authenticate', CHALLENGE)
    if (status === 429) reply.header('retry-after', '1')
    return reply.code(status).type('application/json').send(failureJson(failure))
  }

  #log(cause: unknown, environment: string): void {
    const said = messageOf(cause)
    if (said === this.#said) return
    this.#said = said
    this.#options.log.error({ environment, err: cause }, 'a query was not answered')
  }
}

/** The instance id in the path. */
export function environmentOf(request: FastifyRequest): string {
  return paramOf(request, 'environment')
}

export function paramOf({ params }: FastifyRequest, name: string): string {
  const value: unknown = Object(params)[name]
  return typeof value === 'string' ? value : ''
}
