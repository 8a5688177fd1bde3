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
import type { InstantValue } from '../rules/ports.ts'
import { BacktestFailure } from './failure.ts'
import type { Instants } from './instants.ts'
import { serviceCount } from './local-series.ts'
import type { StoredSeries } from './ports.ts'
import {
  askPrometheus,
  type PrometheusAddress,
  PrometheusFailure,
  queryData,
} from './prometheus-api.ts'
import { Unreadable } from './unreadable.ts'

type Fields = Readonly<Record<string, string>>
type Selected = Parameters<StoredSeries['mayHave']>

/** By HTTP status, as Prometheus' API has it. */
const EXPRESSION_FAULTS = new Map<number, PromqlReason>([
  [400, 'parse'],
  [422, 'execution'],
  [503, 'timeout'],
])
const NOTES = { annotations: { warnings: [], infos: [] } }

/** Questions reject with `PromqlError` where the other side refuses an expression, else with `BacktestFailure`. */
export class RemoteSeries implements StoredSeries {
  readonly source: Source = {
    select: (matchers, startMs, endMs) => {
      // A range begins after its start.
      const query = `${selectorOf(matchers)}[${endMs - startMs + 1}ms]`
      return this.#matrix('query', { query, time: seconds(endMs) })
    },
  }
  readonly #options: PrometheusAddress
  readonly #unreadable = new Unreadable()

  constructor(options: PrometheusAddress) {
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
    const data = await this.#asked('query', { query, time: seconds(at) }, queryData)
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
    return serviceCount((name, matchers) => this.#valuesOf(name, matchers, fromMs, toMs))
  }

  async mayHave(...selector: Selected): Promise<boolean> {
    return (await this.#valuesOf('__name__', ...selector)).length > 0
  }

  unreadable(): readonly string[] {
    return this.#unreadable.list()
  }

  #valuesOf(name: string, ...[matchers, fromMs, toMs]: Selected): Promise<string[]> {
    const fields = { 'match[]': selectorOf(matchers), ...span(fromMs, toMs) }
    return this.#asked(`label/${name}/values`, fields, z.array(z.string()))
  }

  async #matrix(path: string, fields: Fields): Promise<SeriesData[]> {
    const data = await this.#asked(path, fields, queryData)
    if (data.resultType === 'matrix') return data.result.map(seriesDataOf)
    const message = `${this.#options.url}: answered ${path} with a ${data.resultType}`
    throw new BacktestFailure('unusable', message)
  }

  async #asked<T>(path: string, fields: Fields, schema: z.ZodType<T>): Promise<T> {
    const { data, warnings } = await asked(this.#options, path, fields, schema)
    this.#unreadable.hear(warnings)
    return data
  }
}

async function asked<T>(
  address: PrometheusAddress,
  path: string,
  fields: Fields,
  schema: z.ZodType<T>,
): Promise<{ readonly data: T; readonly warnings: readonly string[] }> {
  try {
    return await askPrometheus(address, path, fields, schema)
  } catch (cause) {
    if (!(cause instanceof PrometheusFailure)) throw cause
    // What is wrong with the expression, or with the data for it; else with who asks, or whom.
    const reason = EXPRESSION_FAULTS.get(cause.status)
    if (reason && cause.error !== '') throw new PromqlError(reason, cause.error)
    throw new BacktestFailure(cause.reason, cause.message, { cause })
  }
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
