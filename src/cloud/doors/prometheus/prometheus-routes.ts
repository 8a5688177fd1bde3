/**
 * The read door: Prometheus' HTTP API of one environment under `/prometheus/<instance id>`, for Grafana and
 * whoever speaks it. Opened by an API token of that environment.
 */
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '../../../support/clock.ts'
import { messageOf } from '../../../support/failure.ts'
import type { Log } from '../../../support/log.ts'
import type { Call, Desk, Endpoint } from './call.ts'
import { failureOf } from './door-failure.ts'
import { admit } from './door-gate.ts'
import { bodyOf, failureJson, successJson } from './envelope.ts'
import {
  labelsEndpoint,
  metadataEndpoint,
  seriesEndpoint,
  valuesEndpoint,
} from './label-endpoints.ts'
import { Parameters } from './parameters.ts'
import type { RuleReads, SeriesReads, TokenKeys } from './ports.ts'
import {
  exemplarsEndpoint,
  formatEndpoint,
  parseEndpoint,
  queryEndpoint,
  rangeEndpoint,
} from './query-endpoints.ts'
import { QuerySlots, type SlotLimits } from './query-slots.ts'
import { alertsEndpoint, rulesEndpoint } from './rule-endpoints.ts'
import { buildInfoEndpoint, runtimeInfoEndpoint } from './status-endpoints.ts'

export interface DoorLimits extends SlotLimits {
  /** Most time of a query, waiting included. */
  readonly timeoutMs: number
  /** Of a form. */
  readonly maxBodyBytes: number
}

export const DOOR_LIMITS: DoorLimits = {
  maxRunningInAll: 16,
  maxRunning: 4,
  maxWaiting: 100,
  timeoutMs: 120_000,
  maxBodyBytes: 1024 * 1024,
}

export interface PrometheusOptions {
  readonly keys: TokenKeys
  readonly reads: SeriesReads
  readonly rules: RuleReads
  readonly clock: Clock
  readonly log: Log
  readonly limits?: Partial<DoorLimits>
}

interface Route {
  readonly path: string
  readonly methods: readonly string[]
  readonly endpoint: Endpoint
}

const PREFIX = '/prometheus/:environment'
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
const FORM = 'application/x-www-form-urlencoded'

/** Everything it sets (parsers, hooks, answers to errors) stays inside it. */
export function prometheusRoutes(options: PrometheusOptions): FastifyPluginAsync {
  const { clock } = options
  const limits = { ...DOOR_LIMITS, ...options.limits }
  const slots = new QuerySlots(limits, clock)
  const { reads, rules } = options
  const { timeoutMs } = limits
  const routes = routesOf({ reads, rules, slots, timeoutMs, clock, startedAt: clock.now() })
  return async (server) => {
    await server.register(
      async (app) => {
        new Door(options).guard(app)
        acceptForms(app, limits.maxBodyBytes)
        for (const route of routes) addRoute(app, route, clock)
        otherRoutes(app)
      },
      { prefix: PREFIX },
    )
  }
}

function routesOf(desk: Desk): readonly Route[] {
  const get = ['GET']
  const both = ['GET', 'POST']
  return [
    { path: 'query', methods: both, endpoint: queryEndpoint(desk) },
    { path: 'query_range', methods: both, endpoint: rangeEndpoint(desk) },
    { path: 'query_exemplars', methods: both, endpoint: exemplarsEndpoint },
    { path: 'format_query', methods: both, endpoint: formatEndpoint },
    { path: 'parse_query', methods: both, endpoint: parseEndpoint },
    { path: 'series', methods: both, endpoint: seriesEndpoint(desk) },
    { path: 'labels', methods: both, endpoint: labelsEndpoint(desk) },
    { path: 'label/*', methods: get, endpoint: valuesEndpoint(desk) },
    { path: 'metadata', methods: get, endpoint: metadataEndpoint },
    { path: 'rules', methods: get, endpoint: rulesEndpoint(desk) },
    { path: 'alerts', methods: get, endpoint: alertsEndpoint(desk) },
    { path: 'status/buildinfo', methods: get, endpoint: buildInfoEndpoint },
    { path: 'status/runtimeinfo', methods: get, endpoint: runtimeInfoEndpoint(desk) },
  ]
}

/** The gate, and how refusals are answered. */
class Door {
  readonly #options: PrometheusOptions
  /** The fault of ours that was logged last. */
  #said = ''

  constructor(options: PrometheusOptions) {
    this.#options = options
  }

  guard(app: FastifyInstance): void {
    const { keys, clock } = this.#options
    app.addHook('onRequest', async (request, reply) => {
      reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
      const { authorization } = request.headers
      await admit(keys, { authorization, environment: environmentOf(request) }, clock.now())
    })
    app.setErrorHandler((error, request, reply) => this.#refuse(error, request, reply))
  }

  #refuse(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const failure = failureOf(error)
    const { cause, reason, status } = failure
    if (reason === 'internal' || (reason === 'unavailable' && cause !== undefined)) {
      this.#log(cause, environmentOf(request))
    }
    if (status === 401) {
      reply.header('www-authenticate', 'Basic realm="tars-alarm", Bearer realm="tars-alarm"')
    }
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

/** Anything else that comes with a POST is not looked at, as in Prometheus. */
function acceptForms(app: FastifyInstance, bodyLimit: number): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    FORM,
    { parseAs: 'string', bodyLimit },
    async (_: unknown, body: unknown) => new URLSearchParams(String(body)),
  )
  app.addContentTypeParser('*', { parseAs: 'string', bodyLimit }, async () => undefined)
}

function addRoute(app: FastifyInstance, { path, methods, endpoint }: Route, clock: Clock): void {
  app.route({
    method: METHODS,
    url: `/api/v1/${path}`,
    handler: async (request, reply) => {
      if (!methods.includes(request.method)) {
        return reply.code(405).header('allow', methods.join(', ')).send('Method Not Allowed\n')
      }
      const answer = await endpoint(callOf(request, reply, clock.now()))
      const { content, encoding } = bodyOf(successJson(answer), request.headers['accept-encoding'])
      if (encoding) reply.header('content-encoding', encoding)
      return reply.type('application/json').send(content)
    },
  })
}

function otherRoutes(app: FastifyInstance): void {
  app.get('/-/healthy', async () => 'Prometheus Server is Healthy.\n')
  app.get('/-/ready', async () => 'Prometheus Server is Ready.\n')
  // A route, not a handler of what was not found: that would be the console's.
  app.route({
    method: METHODS,
    url: '/*',
    handler: async (_, reply) => reply.code(404).send('404 page not found\n'),
  })
}

function callOf(request: FastifyRequest, reply: FastifyReply, now: number): Call {
  const gone = new AbortController()
  if (reply.raw.closed) gone.abort()
  else reply.raw.once('close', () => gone.abort())
  const query = new URLSearchParams(request.url.split('?').slice(1).join('?'))
  const form = request.body instanceof URLSearchParams ? request.body : undefined
  return {
    environment: environmentOf(request),
    parameters: new Parameters(query, form),
    rest: paramOf(request, '*'),
    now,
    signal: gone.signal,
  }
}

function environmentOf(request: FastifyRequest): string {
  return paramOf(request, 'environment')
}

function paramOf({ params }: FastifyRequest, name: string): string {
  const value: unknown = Object(params)[name]
  return typeof value === 'string' ? value : ''
}
