/** Questions to a Prometheus, or who speaks like one: its HTTP API, parsed. */
import { z } from 'zod'
import { Failure, messageOf } from '../../support/failure.ts'

export interface PrometheusAddress {
  /** `https://host/prometheus/al-…`, or of a Prometheus. */
  readonly url: string
  /** API token that may read. */
  readonly token?: string | undefined
}

const TIMEOUT_MS = 150_000

const sample = z.tuple([z.number(), z.string()])
const metric = z.record(z.string(), z.string())

/** What a query is answered with. Numbers are texts: `+Inf`, `NaN`. */
export const queryData = z.discriminatedUnion('resultType', [
  z.object({
    resultType: z.literal('vector'),
    result: z.array(z.object({ metric, value: sample })),
  }),
  z.object({
    resultType: z.literal('matrix'),
    result: z.array(z.object({ metric, values: z.array(sample) })),
  }),
  z.object({ resultType: z.literal('scalar'), result: sample }),
  z.object({ resultType: z.literal('string'), result: sample }),
])
export type QueryData = z.infer<typeof queryData>

const envelope = z.object({
  status: z.string(),
  data: z.unknown().optional(),
  error: z.string().default(''),
  warnings: z.array(z.string()).default([]),
})

export class PrometheusFailure extends Failure<'unreachable' | 'refused' | 'unusable'> {
  /** HTTP status and text of a refusal. */
  readonly status: number
  readonly error: string

  constructor(
    reason: 'unreachable' | 'refused' | 'unusable',
    message: string,
    { status = 0, error = '', cause }: { status?: number; error?: string; cause?: unknown } = {},
  ) {
    super(reason, message, { cause })
    this.status = status
    this.error = error
  }
}

/** `path`, e.g. `query_range`. Rejects with `PrometheusFailure`. */
export async function askPrometheus<T>(
  { url, token }: PrometheusAddress,
  path: string,
  fields: Readonly<Record<string, string>>,
  schema: z.ZodType<T>,
): Promise<{ readonly data: T; readonly warnings: readonly string[] }> {
  const isLabel = path.startsWith('label/')
  const body = new URLSearchParams(fields)
  const whole = `${url.replace(/\/+$/, '')}/api/v1/${path}${isLabel ? `?${body}` : ''}`
  const response = await fetch(whole, {
    ...(isLabel ? {} : { method: 'POST', body }),
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((cause: unknown) => {
    const why = cause instanceof Error && cause.cause ? messageOf(cause.cause) : messageOf(cause)
    throw new PrometheusFailure('unreachable', `${whole}: ${why}`, { cause })
  })
  const { status } = response
  const answer = envelope.safeParse(await response.json().catch(() => undefined)).data
  if (answer && answer.status !== 'success') {
    const message = `${whole}: HTTP ${status}: ${answer.error || answer.status}`
    throw new PrometheusFailure('refused', message, { status, error: answer.error })
  }
  const data = schema.safeParse(answer?.data)
  if (answer && data.success) return { data: data.data, warnings: answer.warnings }
  const message = `${whole}: HTTP ${status}, and no Prometheus answer`
  throw new PrometheusFailure(response.ok ? 'unusable' : 'refused', message, { status })
}
