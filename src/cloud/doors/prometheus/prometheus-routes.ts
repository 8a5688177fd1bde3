/**
 * The read door: Prometheus' HTTP API of one environment under `/prometheus/<instance id>`, for Grafana and
 * whoever speaks it. Opened by an API token of that environment.
 */
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '../../../support/clock.ts'
import type { Call, Desk, Endpoint } from './call.ts'
import { Door, type DoorOptions, environmentOf, paramOf } from './door.ts'
import { bodyOf, successJson } from './envelope.ts'
import {
  labelsEndpoint,
  metadataEndpoint,
  seriesEndpoint,
  valuesEndpoint,
} from './label-endpoints.ts'
import { Parameters } from './parameters.ts'
import type { RuleReads, SeriesReads } from './ports.ts'
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

export interface PrometheusOptions extends DoorOptions {
  readonly reads: SeriesReads
  readonly rules: RuleReads
  readonly limits?: Partial<DoorLimits>
}

interface At {
  readonly door: Door
  readonly clock: Clock
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
  const routes = routesOf({ reads, rules, slots, timeoutMs, startedAt: clock.now() })
  return async (server) => {
    await server.register(
      async (app) => {
        const door = new Door(options)
        door.guard(app)
        acceptForms(app, limits.maxBodyBytes)
        for (const route of routes) addRoute(app, route, { door, clock })
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

function addRoute(
  app: FastifyInstance,
  { path, methods, endpoint }: Route,
  { door, clock }: At,
): void {
  app.route({
    method: METHODS,
    url: `/api/v1/${path}`,
    handler: async (request, reply) => {
      if (!methods.includes(request.method)) {
        return reply.code(405).header('allow', methods.join(', ')).send('Method Not Allowed\n')
      }
      const answer = await endpoint(callOf(request, reply, clock.now()))
      const { content, encoding } = bodyOf(successJson(answer), request.headers['accept-encoding'])
      door.answered()
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
