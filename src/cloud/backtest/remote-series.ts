/** What a running cloud, or any Prometheus, has stored: asked over its HTTP API. */
import { z } from 'zod'
import type { UnixMs } from '../../model/time.ts'
import {
  formatMatcher,
  type Matcher,
  PromqlError,
  type PromqlReason,
  type SeriesData,
  type Value,
} from '../../promql/index.ts'
import { messageOf } from '../../support/failure.ts'
import type { InstantValue } from '../rules/ports.ts'
import { BacktestFailure } from './failure.ts'
import { serviceCount } from './local-series.ts'
import type { StoredSeries } from './ports.ts'

export interface RemoteOptions {
  /** `https://host/prometheus/al-…`, or of a Prometheus. */
  readonly url: string
  /** API token that may read. */
  readonly token?: string | undefined
}

type Fields = readonly (readonly [string, string])[]

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

/** Questions reject with `PromqlError` where the other side refuses an expression. @throws {BacktestFailure} */
export function remoteSeries(options: RemoteOptions): StoredSeries {
  const ask = async (path: string, fields: Fields) => {
    const answer = dataSchema.safeParse(await asked(options, path, fields))
    if (answer.success) return answer.data
    throw new BacktestFailure('unusable', `${options.url}/${path}: no answer of a Prometheus`)
  }
  const matrix = async (path: string, fields: Fields): Promise<SeriesData[]> => {
    const data = await ask(path, fields)
    if (data.resultType === 'matrix') return data.result.map(seriesDataOf)
    throw new BacktestFailure('unusable', `${options.url}/${path}: answered a ${data.resultType}`)
  }
  const valuesOf = async (
    label: string,
    matchers: readonly Matcher[],
    [fromMs, toMs]: readonly [UnixMs, UnixMs],
  ) => {
    const fields: Fields = [
      ['match[]', `{${matchers.map(formatMatcher).join(',')}}`],
      ...span(fromMs, toMs),
    ]
    return z.array(z.string()).parse(await asked(options, `label/${label}/values`, fields))
  }
  return {
    range: async ({ text }, { startMs, endMs, stepMs }): Promise<Value> => {
      const fields: Fields = [['query', text], ...span(startMs, endMs), ['step', seconds(stepMs)]]
      return { type: 'matrix', series: await matrix('query_range', fields), ...NOTES }
    },
    instant: async (text, at): Promise<InstantValue> => {
      const data = await ask('query', [
        ['query', text],
        ['time', seconds(at)],
      ])
      if (data.resultType === 'scalar') return { type: 'scalar', value: Number(data.result[1]) }
      if (data.resultType !== 'vector') return { type: data.resultType }
      const samples = data.result.map(({ metric: labels, value: [, text] }) => {
        return { labels, value: numberOf(text) }
      })
      return { type: 'vector', samples }
    },
    source: {
      select: (matchers, startMs, endMs) => {
        // A range begins after its start.
        const query = `{${matchers.map(formatMatcher).join(',')}}[${endMs - startMs + 1}ms]`
        return matrix('query', [
          ['query', query],
          ['time', seconds(endMs)],
        ])
      },
    },
    // The API has no texts of notifies.
    events: async (labels) => labels.map(() => []),
    services: (fromMs, toMs) =>
      serviceCount((label, calls) => valuesOf(label, calls, [fromMs, toMs])),
  }
}

async function asked({ url, token }: RemoteOptions, path: string, fields: Fields) {
  const isLabel = path.startsWith('label/')
  const body = new URLSearchParams(fields.map(([name, value]): [string, string] => [name, value]))
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

function span(startMs: UnixMs, endMs: UnixMs): Fields {
  return [
    ['start', seconds(startMs)],
    ['end', seconds(endMs)],
  ]
}

function seconds(ms: number): string {
  return String(ms / 1000)
}
