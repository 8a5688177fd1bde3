/** `POST /api/v1/batches`: an agent hands over a batch; 200 means that it is durable. */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '../../support/clock.ts'
import { messageOf } from '../../support/failure.ts'
import type { Log } from '../../support/log.ts'
import {
  BATCH_MEDIA_TYPE,
  BATCH_PATH,
  type Batch,
  type BatchAnswer,
  decodeBatch,
} from '../../wire/index.ts'
import { Admission, type AdmissionLimits } from './admission.ts'
import { type IngestCounters, newCounters } from './counters.ts'
import type { AgentRegister, BatchSink, EnvironmentId, EnvironmentKeys } from './ports.ts'
import { bodyOf, LIMITED, type Refusal, refusalOf, UNAUTHORIZED, WRONG_TYPE } from './refusal.ts'
import { Sightings } from './sightings.ts'

export interface IngestLimits extends AdmissionLimits {
  readonly maxBodyBytes: number
}

export const INGEST_LIMITS: IngestLimits = {
  maxBodyBytes: 8 * 1024 * 1024,
  batchesPerSecond: 200,
  maxBodies: 8,
  maxBodiesInAll: 32,
}

export interface IngestOptions {
  readonly keys: EnvironmentKeys
  readonly sink: BatchSink
  readonly agents: AgentRegister
  readonly clock: Clock
  readonly log: Log
  readonly limits?: Partial<IngestLimits>
  /** Counted into; our own metrics read it. */
  readonly counters?: IngestCounters
}

export function ingestRoutes(options: IngestOptions): FastifyPluginAsync {
  const limits = { ...INGEST_LIMITS, ...options.limits }
  const ingest = new Ingest(options, new Admission(limits, options.clock))
  return async (server) => {
    server.removeAllContentTypeParsers()
    server.addContentTypeParser(
      BATCH_MEDIA_TYPE,
      { parseAs: 'buffer' },
      async (_: unknown, body: unknown) => body,
    )
    server.setErrorHandler((error, request, reply) => ingest.refuse(error, request, reply))
    server.post(
      BATCH_PATH,
      {
        bodyLimit: limits.maxBodyBytes,
        // Before the body is read.
        onRequest: (request, reply) => ingest.admit(request, reply),
      },
      (request) => ingest.take(request),
    )
  }
}

class Ingest {
  readonly #options: IngestOptions
  readonly #admission: Admission
  readonly #counters: IngestCounters
  readonly #sightings: Sightings
  readonly #environments = new WeakMap<FastifyRequest, EnvironmentId>()
  /** The fault of ours that was logged last; '' when a batch was taken since. */
  #failing = ''

  constructor(options: IngestOptions, admission: Admission) {
    this.#options = options
    this.#admission = admission
    this.#counters = options.counters ?? newCounters()
    this.#sightings = new Sightings(options.agents, options.log)
  }

  async admit(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const key = bearerOf(request.headers.authorization)
    const environment = key && (await this.#options.keys.environmentOf(key))
    if (!environment) throw new Refused(UNAUTHORIZED)
    const leave = this.#admission.enter(environment)
    if (!leave) throw new Refused(LIMITED)
    // Comes after the answer, and when the agent hangs up.
    if (reply.raw.closed) leave()
    else reply.raw.once('close', leave)
    this.#environments.set(request, environment)
  }

  async take(request: FastifyRequest): Promise<BatchAnswer> {
    const receivedAt = this.#options.clock.now()
    const environment = this.#environments.get(request)
    if (environment === undefined) throw new RangeError('a batch that was not admitted')
    const { body } = request
    if (!Buffer.isBuffer(body)) throw new Refused(WRONG_TYPE)
    const batch = decodeBatch(body)
    const { applied } = await this.#options.sink.append(environment, batch, receivedAt, body)
    this.#failing = ''
    this.#count(batch, body, applied)
    this.#sightings.note({ environment, batch, address: request.ip, seenAt: receivedAt })
    return { applied, serverTimeMs: this.#options.clock.now() }
  }

  refuse(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const refusal = error instanceof Refused ? error.refusal : refusalOf(error)
    const { status, reason, retryAfterSeconds } = refusal
    const { refused } = this.#counters
    refused[reason] = (refused[reason] ?? 0) + 1
    if (status >= 500) this.#logOnce(reason, error, this.#environments.get(request))
    if (retryAfterSeconds !== undefined) reply.header('retry-after', retryAfterSeconds)
    if (status === 401) reply.header('www-authenticate', 'Bearer')
    return reply.code(status).send(bodyOf(refusal))
  }

  #logOnce(reason: string, error: unknown, environment: EnvironmentId | undefined): void {
    if (reason === this.#failing) return
    this.#failing = reason
    this.#options.log.error({ environment, reason, error: messageOf(error) }, 'batches not taken')
  }

  #count({ windows, events }: Batch, body: Buffer, applied: boolean): void {
    const counters = this.#counters
    counters[applied ? 'applied' : 'repeated']++
    counters.bytes += body.length
    if (!applied) return
    for (const { stats, properties } of windows) {
      counters.stats += stats.length
      counters.properties += properties.length
    }
    counters.events += events.length
  }
}

/** Carries a refusal to the error handler. */
class Refused extends Error {
  readonly refusal: Refusal

  constructor(refusal: Refusal) {
    super(refusal.message)
    this.refusal = refusal
  }
}

function bearerOf(authorization: string | undefined): string | undefined {
  return /^Bearer +([\w.~+/=-]{1,256})$/i.exec(authorization ?? '')?.[1]
}
