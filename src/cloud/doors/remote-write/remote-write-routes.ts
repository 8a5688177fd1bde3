/**
 * `POST /prometheus/<instance id>/api/v1/write`: remote write 1.0 and 2.0. 204 means that all is durable,
 * 400 that what could be taken is; 429 and 503 that nothing is and the sender may come again.
 */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '../../../support/clock.ts'
import { messageOf } from '../../../support/failure.ts'
import type { Log } from '../../../support/log.ts'
import { CHALLENGE, type TokenKeys, turnedAway } from '../visitor/admit.ts'
import { BUSY, RefusedRequest, refusalOf, TOO_MANY, unsupported } from './answer.ts'
import { versionOf } from './content.ts'
import { newRemoteWriteCounters, type RemoteWriteCounters } from './counters.ts'
import { boundsAt } from './in-time.ts'
import { type PlaceLimits, Places } from './places.ts'
import type { Admission, SampleSink } from './ports.ts'
import type { Refusals } from './refusals.ts'
import { type RequestSamples, requestSamples } from './request-samples.ts'
import type { RequestLimits, Version } from './series-reader.ts'
import { uncompressBlock } from './snappy-block.ts'

export const REMOTE_WRITE_PATH = '/prometheus/:environment/api/v1/write'
const OTHER_METHODS = ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

export interface RemoteWriteLimits extends RequestLimits, PlaceLimits {
  /** As it comes, compressed. */
  readonly maxBodyBytes: number
}

export const REMOTE_WRITE_LIMITS: RemoteWriteLimits = {
  maxBodyBytes: 8 * 1024 * 1024,
  maxBytes: 32 * 1024 * 1024,
  maxSeries: 100_000,
  maxSamples: 100_000,
  maxSymbols: 250_000,
  maxSeriesBytes: 1024 * 1024,
  maxLabels: 64,
  maxLabelsLength: 16 * 1024,
  maxTextBytes: 4096,
  maxBodies: 4,
  maxBodiesInAll: 16,
}

export interface RemoteWriteOptions {
  readonly keys: TokenKeys
  readonly sink: SampleSink
  readonly admission: Admission
  readonly clock: Clock
  readonly log: Log
  readonly limits?: Partial<RemoteWriteLimits>
  /** Counted into; our own metrics read it. */
  readonly counters?: RemoteWriteCounters
}

export function remoteWriteRoutes(options: RemoteWriteOptions): FastifyPluginAsync {
  const limits = { ...REMOTE_WRITE_LIMITS, ...options.limits }
  const door = new RemoteWriteDoor(options, limits)
  return async (server) => {
    server.removeAllContentTypeParsers()
    server.addContentTypeParser(
      '*',
      { parseAs: 'buffer' },
      async (_: unknown, body: unknown) => body,
    )
    server.setErrorHandler((error, request, reply) => door.refuse(error, request, reply))
    server.post<{ Params: { environment: string } }>(
      REMOTE_WRITE_PATH,
      {
        bodyLimit: limits.maxBodyBytes,
        // Before the body is read.
        onRequest: (request, reply) => door.admit(request, request.params.environment, reply),
      },
      (request, reply) => door.take(request, reply),
    )
    // Else the read door would look at them.
    server.route({
      method: OTHER_METHODS,
      url: REMOTE_WRITE_PATH,
      handler: (_, reply) => reply.code(405).header('allow', 'POST').send('Method Not Allowed\n'),
    })
  }
}

interface Visit {
  readonly environment: string
  readonly version: Version
}

interface Outcome {
  readonly version: Version
  readonly written: number
  readonly refusals: Refusals
}

class RemoteWriteDoor {
  readonly #options: RemoteWriteOptions
  readonly #limits: RemoteWriteLimits
  readonly #places: Places
  readonly #counters: RemoteWriteCounters
  readonly #visits = new WeakMap<FastifyRequest, Visit>()
  /** The fault of ours that was logged last; '' when a request was taken since. */
  #failing = ''

  constructor(options: RemoteWriteOptions, limits: RemoteWriteLimits) {
    this.#options = options
    this.#limits = limits
    this.#places = new Places(limits)
    this.#counters = options.counters ?? newRemoteWriteCounters()
  }

  async admit(request: FastifyRequest, environment: string, reply: FastifyReply): Promise<void> {
    const { keys, clock, admission } = this.#options
    const { authorization } = request.headers
    const visitor = { authorization, environment, scope: 'write' } as const
    const refusal = await turnedAway(keys, visitor, clock.now())
    if (refusal) throw new RefusedRequest(refusal)
    const version = versionOf(request.headers)
    if (typeof version === 'string') throw new RefusedRequest(unsupported(version))
    this.#visits.set(request, { environment, version })
    // Places first: who is told 429 does not come again.
    for (const [enter, refusal] of [
      [() => this.#places.take(environment), BUSY],
      [() => admission.enter(environment), TOO_MANY],
    ] as const) {
      const leave = enter()
      if (!leave) throw new RefusedRequest(refusal)
      // Comes after the answer, and when the sender hangs up.
      if (reply.raw.closed) leave()
      else reply.raw.once('close', leave)
    }
  }

  async take(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const visit = this.#visits.get(request)
    if (!visit) throw new RangeError('a request that was not admitted')
    const { clock, sink } = this.#options
    const { environment, version } = visit
    const receivedAt = clock.now()
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
    const bytes = await uncompressBlock(body, this.#limits.maxBytes)
    const bounds = boundsAt(receivedAt, await sink.newest(environment))
    const came = await requestSamples(bytes, version, this.#limits, bounds)
    const written = await this.#write(environment, came, receivedAt)
    this.#count(came, written, body)
    return answer(reply, { version, written, refusals: came.refusals })
  }

  /** For `setErrorHandler`. */
  refuse(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const refusal = refusalOf(error)
    const { status, reason, message, retryAfterSeconds } = refusal
    const visit = this.#visits.get(request)
    const { refused } = this.#counters
    refused[reason] = (refused[reason] ?? 0) + 1
    if (status >= 500 && reason !== BUSY.reason) this.#logOnce(reason, error, visit?.environment)
    if (retryAfterSeconds !== undefined) reply.header('retry-after', retryAfterSeconds)
    if (status === 401) reply.header('www-authenticate', CHALLENGE)
    if (visit?.version === 2) tellWritten(reply, 0)
    return reply.code(status).type('text/plain; charset=utf-8').send(`${message}\n`)
  }

  async #write(environment: string, came: RequestSamples, receivedAt: number): Promise<number> {
    const { batch, refusals, repeated } = came
    if (batch.times.length === 0) return repeated
    const { written, refused } = await this.#options.sink.append(environment, batch, receivedAt)
    refusals.addAll(refused)
    return written + repeated
  }

  #count({ refusals, exemplars }: RequestSamples, written: number, body: Buffer): void {
    const counters = this.#counters
    this.#failing = ''
    counters.taken++
    counters.bytes += body.length
    counters.samples += written
    counters.exemplars += exemplars
    for (const { reason, count } of refusals.all) {
      counters.refusedSamples[reason] = (counters.refusedSamples[reason] ?? 0) + count
    }
  }

  #logOnce(reason: string, error: unknown, environment: string | undefined): void {
    if (reason === this.#failing) return
    this.#failing = reason
    const said = { environment, reason, error: messageOf(error) }
    this.#options.log.error(said, 'a remote write was not taken')
  }
}

function answer(reply: FastifyReply, { version, written, refusals }: Outcome): FastifyReply {
  if (version === 2) tellWritten(reply, written)
  if (refusals.count === 0) return reply.code(204).send()
  return reply.code(400).type('text/plain; charset=utf-8').send(refusals.text(written))
}

/** Native histograms and exemplars are not kept. */
function tellWritten(reply: FastifyReply, samples: number): void {
  reply.header('x-prometheus-remote-write-samples-written', samples)
  reply.header('x-prometheus-remote-write-histograms-written', 0)
  reply.header('x-prometheus-remote-write-exemplars-written', 0)
}
