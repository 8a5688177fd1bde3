/** `POST /api/v1/heartbeat`: an agent says how it is, and is told whether it runs the polling feeds. */
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import type { Clock } from '../../support/clock.ts'
import { Failure } from '../../support/failure.ts'
import type { Log } from '../../support/log.ts'
import {
  BATCH_VERSION,
  HEARTBEAT_PATH,
  type Heartbeat,
  type HeartbeatAnswer,
  heartbeat,
} from '../../wire/index.ts'
import { Admission, type AdmissionLimits } from './admission.ts'
import type { HeartbeatCounters } from './counters.ts'
import { Gate, Refused } from './gate.ts'
import { ALIVE_MS, decideLease, LEASE_TTL_MS } from './lease.ts'
import type { EnvironmentKeys, HeartbeatRegister } from './ports.ts'
import { UNAUTHORIZED } from './refusal.ts'

const MAX_BODY_BYTES = 64 * 1024

/** An agent comes every 10 s; each of them costs a commit. */
const HEARTBEAT_LIMITS: AdmissionLimits = {
  requestsPerSecond: 20,
  maxBodies: 8,
  maxBodiesInAll: 64,
}

export interface HeartbeatOptions {
  readonly keys: EnvironmentKeys
  readonly register: HeartbeatRegister
  readonly clock: Clock
  readonly log: Log
  readonly limits?: Partial<AdmissionLimits>
  /** Counted into; our own metrics read it. */
  readonly counters?: HeartbeatCounters
}

export function heartbeatRoutes(options: HeartbeatOptions): FastifyPluginAsync {
  const { keys, clock, log, counters = { taken: 0, refused: {} } } = options
  const admission = new Admission({ ...HEARTBEAT_LIMITS, ...options.limits }, clock)
  const gate = new Gate({ what: 'heartbeat', keys, admission, log, refused: counters.refused })
  return async (server) => {
    server.removeContentTypeParser('text/plain')
    server.setErrorHandler((error, request, reply) => gate.refuse(error, request, reply))
    server.post(
      HEARTBEAT_PATH,
      {
        bodyLimit: MAX_BODY_BYTES,
        // Before the body is read.
        onRequest: (request, reply) => gate.admit(request, reply),
      },
      async (request) => {
        const answer = await answerOf(request, gate.environmentOf(request), options)
        gate.taken()
        counters.taken++
        return answer
      },
    )
  }
}

async function answerOf(
  request: FastifyRequest,
  environment: string,
  { register, clock, log }: HeartbeatOptions,
): Promise<HeartbeatAnswer> {
  const heardAt = clock.now()
  const told = parsed(request.body)
  const beat = { environment, address: request.ip, heardAt, heartbeat: told }
  const { framework, decision } = await register
    .heard(beat, heardAt - ALIVE_MS, (kept, others) => ({
      ...decideLease(kept, told, heardAt, others),
      termBefore: kept?.term,
    }))
    .catch(unlessGone)
  const { lease, granted, termBefore } = decision
  if (lease && granted && lease.term !== termBefore) {
    const { agent, host } = told
    log.info({ environment, agent, host, term: lease.term }, 'this agent runs the polling feeds')
  }
  return {
    serverTimeMs: clock.now(),
    framework,
    lease: lease && granted ? { term: lease.term, ttlMs: LEASE_TTL_MS } : null,
    batchVersions: [BATCH_VERSION],
  }
}

function parsed(body: unknown): Heartbeat {
  const { data, error } = heartbeat.safeParse(body)
  if (data) return data
  const faults = error?.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`)
  const message = `the request is no heartbeat: ${faults?.slice(0, 5).join('; ')}`
  throw new Refused({ status: 400, reason: 'malformed', message })
}

/** The environment was removed since the key was looked up: the key is not known any more. */
function unlessGone(error: unknown): never {
  throw error instanceof Failure && error.reason === 'gone' ? new Refused(UNAUTHORIZED) : error
}
