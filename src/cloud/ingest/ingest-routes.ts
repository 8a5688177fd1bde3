/** `POST /api/v1/batches`: an agent hands over a batch; 200 means that it is durable. */
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import type { Clock } from '../../support/clock.ts'
import type { Log } from '../../support/log.ts'
import { BATCH_MEDIA_TYPE, BATCH_PATH, type BatchAnswer } from '../../wire/index.ts'
import { Admission, type AdmissionLimits } from './admission.ts'
import { type IngestCounters, newCounters } from './counters.ts'
import { Gate, Refused } from './gate.ts'
import type { AgentRegister, Appended, BatchIntake, EnvironmentKeys } from './ports.ts'
import { wrongType } from './refusal.ts'
import { Sightings } from './sightings.ts'

export interface IngestLimits extends AdmissionLimits {
  readonly maxBodyBytes: number
}

export const INGEST_LIMITS: IngestLimits = {
  maxBodyBytes: 8 * 1024 * 1024,
  requestsPerSecond: 200,
  maxBodies: 8,
  maxBodiesInAll: 32,
}

export interface IngestOptions {
  readonly keys: EnvironmentKeys
  readonly sink: BatchIntake
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
    server.setErrorHandler((error, request, reply) => ingest.gate.refuse(error, request, reply))
    server.post(
      BATCH_PATH,
      {
        bodyLimit: limits.maxBodyBytes,
        // Before the body is read.
        onRequest: (request, reply) => ingest.gate.admit(request, reply),
      },
      (request) => ingest.take(request),
    )
  }
}

class Ingest {
  readonly gate: Gate
  readonly #options: IngestOptions
  readonly #counters: IngestCounters
  readonly #sightings: Sightings

  constructor(options: IngestOptions, admission: Admission) {
    const { keys, log, counters = newCounters() } = options
    this.#options = options
    this.#counters = counters
    this.gate = new Gate({ what: 'batch', keys, admission, log, refused: counters.refused })
    this.#sightings = new Sightings(options.agents, log)
  }

  async take(request: FastifyRequest): Promise<BatchAnswer> {
    const receivedAt = this.#options.clock.now()
    const environment = this.gate.environmentOf(request)
    const { body } = request
    if (!Buffer.isBuffer(body)) throw new Refused(wrongType('batch'))
    const { length } = body
    const appended = await this.#options.sink.append(environment, body, receivedAt)
    this.gate.taken()
    this.#count(appended, length)
    this.#sightings.note({ environment, appended, address: request.ip, seenAt: receivedAt })
    return { applied: appended.applied, serverTimeMs: this.#options.clock.now() }
  }

  #count({ applied, stats, properties, events }: Appended, bytes: number): void {
    const counters = this.#counters
    counters[applied ? 'applied' : 'repeated']++
    counters.bytes += bytes
    if (!applied) return
    counters.stats += stats
    counters.properties += properties
    counters.events += events
  }
}
