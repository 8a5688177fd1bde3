/** What a running cloud, or any Prometheus, has stored: asked over its HTTP API. */
import { z } from 'zod'
import type { NotifyEvent } from '../../model/event.ts'
import type { Labels } from '../../model/labels.ts'
import type { UnixMs } from '../../model/time.ts'
import {
  formatMatcher,
  type Matcher,
  PromqlError,
  type PromqlReason,
  type SeriesData,
  type Source,
  type Value,
} from '../../promql/index.ts'
import { messageOf } from '../../support/failure.ts'
import type { InstantValue } from '../rules/ports.ts'
import { BacktestFailure } from './failure.ts'
import type { Instants } from './instants.ts'
import { serviceCount } from './local-series.ts'
import type { StoredSeries } from './ports.ts'

export interface RemoteOptions {
  /** `https://host/prometheus/al-…`, or of a Prometheus. */
  readonly url: string
  /** API token that may read. */
  readonly token?: string | undefined
}

type Fields = Readonly<Record<string, string>>

const TIMEOUT_MS = 150_000
/** By HTTP status, as Prometheus' API has it. */
const EXPRESSION_FAULTS = new Map<number, PromqlReason>([
  [400, 'parse'],
  [422, 'execution'],
  [503, 'timeout'],
])
const NOTES = { annotations: { warnings: [], infos: [] } }

const pair = z.tuple([z.number(), z.string()])
const metric = z.record(z.string(), z.string())
const dataSchema = z.discriminatedUnion('resultType', [
  z.object({
    resultType: z.literal('vector'),
    result: z.array(z.object({ metric, value: pair })),
  }),
  z.object({
    resultType: z.literal('matrix'),
    result: z.array(z.object({ metric, values: z.array(pair) })),
  }),
  z.object({ resultType: z.literal('scalar'), result: pair }),
  z.object({ resultType: z.literal('string'), result: pair }),
])
const envelopeSchema = z.object({
  status: z.string(),
  data: z.unknown(),
  error: z.string().optional(),
})

/** Questions reject with `PromqlError` where the other side refuses an expression, else with `BacktestFailure`. */
export class RemoteSeries implements StoredSeries {
  readonly source: Source = {
    select: (matchers, startMs, endMs) => {
      // A range begins after its start.
      const query = `${selectorOf(matchers)}[${endMs - startMs + 1}ms]`
      return this.#matrix('query', { query, time: seconds(endMs) })
    },
  }
  readonly #options: RemoteOptions

  constructor(options: RemoteOptions) {
    this.#options = options
  }

  async range(
    { text: query }: { readonly text: string },
    { startMs, endMs, stepMs }: Instants,
  ): Promise<Value> {
    const fields = { query, ...span(startMs, endMs), step: seconds(stepMs) }
    return { type: 'matrix', series: await this.#matrix('query_range', fields), ...NOTES }
  }

  async instant(query: string, at: UnixMs): Promise<InstantValue> {
    const data = await this.#data('query', { query, time: seconds(at) })
    if (data.resultType === 'scalar') return { type: 'scalar', value: numberOf(data.result[1]) }
    if (data.resultType !== 'vector') return { type: data.resultType }
    const samples = data.result.map(({ metric: labels, value: [, text] }) => {
      return { labels, value: numberOf(text) }
    })
    return { type: 'vector', samples }
  }

  /** The API has no texts of notifies. */
  async events(labels: readonly Labels[]): Promise<readonly (readonly NotifyEvent[])[]> {
    return labels.map(() => [])
  }

  services(fromMs: UnixMs, toMs: UnixMs): Promise<number> {
    return serviceCount(async (name, matchers) => {
      const path = `label/${name}/values`
      const fields = { 'match[]': selectorOf(matchers), ...span(fromMs, toMs) }
      const values = z.array(z.string()).safeParse(await asked(this.#options, path, fields))
      if (values.success) return values.data
      throw new BacktestFailure('unusable', `${this.#options.url}: no answer to ${path}`)
    })
  }

  async #matrix(path: string, fields: Fields): Promise<SeriesData[]> {
    const data = await this.#data(path, fields)
    if (data.resultType === 'matrix') return data.result.map(seriesDataOf)
    const message = `${this.#options.url}: answered ${path} with a ${data.resultType}`
    throw new BacktestFailure('unusable', message)
  }

  async #data(path: string, fields: Fields): Promise<z.infer<typeof dataSchema>> {
    const data = dataSchema.safeParse(await asked(this.#options, path, fields))
    if (data.success) return data.data
    throw new BacktestFailure('unusable', `${this.#options.url}: no answer to ${path}`)
  }
}

async function asked({ url, token }: RemoteOptions, path: string, fields: Fields) {
  const isLabel = path.startsWith('label/')
  const body = new URLSearchParams(fields)
  const whole = `${url.replace(/\/+$/, '')}/api/v1/${path}${isLabel ? `?${body}` : ''}`
  let response: Response
  try {
    response = await fetch(whole, {
      ...(isLabel ? {} : { method: 'POST', body }),
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
  } catch (cause) {
    const why = cause instanceof Error && cause.cause ? messageOf(cause.cause) : messageOf(cause)
    throw new BacktestFailure('unreachable', `${whole}: ${why}`, { cause })
  }
  const envelope = envelopeSchema.safeParse(await response.json().catch(() => undefined))
  const { status, error = '' } = envelope.data ?? { status: '' }
  if (status === 'success') return envelope.data?.data
  // What is wrong with the expression, or with the data for it; else with who asks, or whom.
  const reason = EXPRESSION_FAULTS.get(response.status)
  if (reason && error !== '') throw new PromqlError(reason, error)
  throw new BacktestFailure('refused', `${whole}: HTTP ${response.status} ${error}`.trim())
}

function seriesDataOf({
  metric: labels,
  values,
}: {
  readonly metric: Readonly<Record<string, string>>
  readonly values: readonly (readonly [number, string])[]
}): SeriesData {
  const times = Float64Array.from(values, ([second]) => Math.round(second * 1000))
  return { labels, times, values: Float64Array.from(values, ([, text]) => numberOf(text)) }
}

/** `+Inf` and the like are no numbers of JavaScript. */
function numberOf(text: string): number {
  if (text === '+Inf') return Infinity
  return text === '-Inf' ? -Infinity : Number(text)
}

function span(startMs: UnixMs, endMs: UnixMs) {
  return { start: seconds(startMs), end: seconds(endMs) }
}

function selectorOf(matchers: readonly Matcher[]): string {
  return `{${matchers.map(formatMatcher).join(',')}}`
}

function seconds(ms: number): string {
  return String(ms / 1000)
}
