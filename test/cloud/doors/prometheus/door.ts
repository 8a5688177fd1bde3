/** The read door on a real port, over series in memory and a clock that stands still. */
import { fastify } from 'fastify'
import pino from 'pino'
import { newDoorCounters } from '../../../../src/cloud/doors/prometheus/door.ts'
import type { RuleReads, SeriesReads } from '../../../../src/cloud/doors/prometheus/ports.ts'
import {
  type DoorLimits,
  prometheusRoutes,
} from '../../../../src/cloud/doors/prometheus/prometheus-routes.ts'
import type { TokenKeys } from '../../../../src/cloud/doors/visitor/admit.ts'
import type { LabelledSource } from '../../../../src/cloud/series/read/series-reads.ts'
import {
  SourceQueries,
  type SourceQueriesOptions,
} from '../../../../src/cloud/series/read/source-queries.ts'
import { seriesReads } from '../../../../src/cloud/series-reads.ts'
import type { Labels } from '../../../../src/model/labels.ts'
import { compileMatchers, type SeriesData } from '../../../../src/promql/index.ts'
import { FakeClock } from '../../../support/fake-clock.ts'

/** 2026-03-02 02:00:00 UTC. */
export const NOW = Date.UTC(2026, 2, 2, 2)
export const OURS = 'al-ours000000'
export const OTHER = 'al-other00000'
export const TOKEN = 'at_ours'
export const OTHER_TOKEN = 'at_other'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: an assertion reads what it expects
  readonly body: any
}

export interface DoorSetup {
  readonly source?: LabelledSource
  readonly reads?: SeriesReads
  readonly rules?: Partial<RuleReads>
  readonly keys?: TokenKeys
  readonly limits?: Partial<DoorLimits>
  readonly queryLimits?: NonNullable<SourceQueriesOptions['limits']>
}

/** A series with a sample every 10 s up to `NOW`, each of `valueAt(0)`, `valueAt(1)` …, oldest first. */
export function series(labels: Labels, count: number, valueAt: (i: number) => number): SeriesData {
  const times = Float64Array.from({ length: count }, (_, i) => NOW - (count - 1 - i) * 10_000 - 563)
  return { labels, times, values: Float64Array.from(times, (_, i) => valueAt(i)) }
}

export function sourceOf(all: readonly SeriesData[]): LabelledSource {
  return {
    select(matchers, startMs, endMs) {
      const matches = compileMatchers(matchers)
      return all.filter(
        ({ labels, times }) =>
          matches(labels) && Array.from(times).some((at) => at >= startMs && at <= endMs),
      )
    },
  }
}

export const KEYS: TokenKeys = {
  async ownerOf(token) {
    const expiresAt = NOW + 3_600_000
    if (token === TOKEN) return { environment: OURS, scopes: ['read'], expiresAt }
    return token === OTHER_TOKEN
      ? { environment: OTHER, scopes: ['read', 'write'], expiresAt }
      : undefined
  },
}

const NO_RULES: RuleReads = {
  rules: () => ({ files: [], groups: [] }),
  progress: async () => [],
  living: async () => [],
}

export async function openDoor(setup: DoorSetup = {}) {
  const clock = new FakeClock(NOW)
  const empty = sourceOf([])
  const source = setup.source ?? empty
  const server = fastify()
  const logged: string[] = []
  const counters = newDoorCounters()
  const log = pino({ level: 'warn' }, { write: (line: string) => void logged.push(line) })
  await server.register(
    prometheusRoutes({
      keys: setup.keys ?? KEYS,
      reads:
        setup.reads ??
        seriesReads(
          new SourceQueries({
            sourceOf: (environment) => (environment === OURS ? source : empty),
            ...(setup.queryLimits && { limits: setup.queryLimits }),
          }),
        ),
      rules: { ...NO_RULES, ...setup.rules },
      clock,
      log,
      counters,
      ...(setup.limits && { limits: setup.limits }),
    }),
  )
  // As the console does, which is there, too.
  server.setNotFoundHandler((_, reply) => reply.code(404).send('the console has no such page'))
  const url = await server.listen({ host: '127.0.0.1', port: 0 })
  const base = `${url}/prometheus/${OURS}`

  /** Any request below the instance, with the token unless headers say otherwise. */
  async function ask(path: string, init: RequestInit = {}): Promise<Answer> {
    const headers = { authorization: `Bearer ${TOKEN}`, ...init.headers }
    const answer = await fetch(`${base}${path}`, { ...init, headers })
    const text = await answer.text()
    const isJson = answer.headers.get('content-type')?.startsWith('application/json')
    return {
      status: answer.status,
      headers: answer.headers,
      text,
      body: isJson ? JSON.parse(text) : text,
    }
  }

  const get = (path: string, parameters: Parameters = {}) =>
    ask(`/api/v1/${path}?${formOf(parameters)}`)
  const post = (path: string, parameters: Parameters = {}) =>
    ask(`/api/v1/${path}`, { method: 'POST', body: formOf(parameters) })

  return { url, base, clock, logged, counters, ask, get, post, close: () => server.close() }
}

export type Parameters = Readonly<Record<string, string | readonly string[]>>

export function formOf(parameters: Parameters): URLSearchParams {
  return new URLSearchParams(
    Object.entries(parameters).flatMap(([name, value]) =>
      (typeof value === 'string' ? [value] : value).map((one): [string, string] => [name, one]),
    ),
  )
}

export type Door = Awaited<ReturnType<typeof openDoor>>
