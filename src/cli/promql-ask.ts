/** `tars-alarm promql EXPR --url URL`: what a cloud, or any Prometheus, answers; as text for people. */
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { parseDurationMs } from '../support/duration.ts'
import { Failure, messageOf } from '../support/failure.ts'

export class AskFailure extends Failure<'unreachable' | 'refused' | 'unusable'> {}

export interface AskOptions {
  /** `https://host/prometheus/al-…`, or of a Prometheus. */
  readonly url: string
  /** File with an API token that may read; else `TARS_ALARM_TOKEN`. */
  readonly tokenFile?: string
  /** Instant, RFC 3339 or Unix seconds; now when missing. */
  readonly at?: string
  /** `1h`: that long up to then, drawn as a line for each series. */
  readonly since?: string
}

const sample = z.tuple([z.number(), z.string()])
const metric = z.record(z.string(), z.string())
const dataSchema = z.discriminatedUnion('resultType', [
  z.object({
    resultType: z.literal('vector'),
    result: z.array(z.object({ metric, value: sample })),
  }),
  z.object({
    resultType: z.literal('matrix'),
    result: z.array(z.object({ metric, values: z.array(sample) })),
  }),
  z.object({ resultType: z.enum(['scalar', 'string']), result: sample }),
])
const answerSchema = z.object({
  status: z.string(),
  data: dataSchema.optional(),
  error: z.string().optional(),
  warnings: z.array(z.string()).default([]),
})

/** Points of a drawn line. */
const POINTS = 60
const TIMEOUT_MS = 120_000
const BARS = '▁▂▃▄▅▆▇█'

/** The lines of the answer. @throws {AskFailure} */
export async function ask(
  expr: string,
  options: AskOptions,
  { env, nowMs }: { env: Readonly<Record<string, string | undefined>>; nowMs: number },
): Promise<string[]> {
  const { data, warnings } = await fetchAnswer(expr, options, { env, nowMs })
  return [...(data ? linesOf(data) : []), ...warnings.map((warning) => `! ${warning}`)]
}

async function fetchAnswer(
  expr: string,
  options: AskOptions,
  { env, nowMs }: { env: Readonly<Record<string, string | undefined>>; nowMs: number },
): Promise<z.infer<typeof answerSchema>> {
  const { url, since } = options
  const body = new URLSearchParams({ query: expr, ...timesOf(options, nowMs) })
  const path = `${url.replace(/\/+$/, '')}/api/v1/${since ? 'query_range' : 'query'}`
  const token = await tokenOf(options, env)
  let response: Response
  try {
    const headers = token ? { authorization: `Bearer ${token}` } : {}
    const signal = AbortSignal.timeout(TIMEOUT_MS)
    response = await fetch(path, { method: 'POST', body, headers, signal })
  } catch (cause) {
    const why = cause instanceof Error && cause.cause ? messageOf(cause.cause) : messageOf(cause)
    throw new AskFailure('unreachable', `${path}: ${why}`, { cause })
  }
  const parsed = answerSchema.safeParse(await response.json().catch(() => undefined))
  if (!parsed.success) {
    throw new AskFailure('unusable', `${path}: HTTP ${response.status}, and no Prometheus answer`)
  }
  const { status, error } = parsed.data
  if (status === 'success') return parsed.data
  throw new AskFailure('refused', `HTTP ${response.status}: ${error ?? status}`)
}

function timesOf({ at, since }: AskOptions, nowMs: number): Record<string, string> {
  const endS = at === undefined ? nowMs / 1000 : secondsOf(at)
  if (since === undefined) return { time: String(endS) }
  const lengthS = (parseDurationMs(since) ?? 0) / 1000
  if (lengthS === 0)
    throw new AskFailure('unusable', `--since '${since}': no duration such as 1h30m`)
  const step = Math.max(1, Math.ceil(lengthS / POINTS))
  return { start: String(endS - lengthS), end: String(endS), step: String(step) }
}

function linesOf(data: z.infer<typeof dataSchema>): string[] {
  if (data.resultType === 'vector') {
    if (data.result.length === 0) return ['(no series)']
    return aligned(data.result.map(({ metric, value }) => [nameOf(metric), value[1]]))
  }
  if (data.resultType === 'matrix') {
    if (data.result.length === 0) return ['(no series)']
    return aligned(
      data.result.map(({ metric, values }) => {
        const numbers = values.map(([, text]) => Number(text))
        const shown = numbers.filter(Number.isFinite)
        const [least, most] = [Math.min(...shown), Math.max(...shown)]
        const range = shown.length > 0 ? `${short(least)} … ${short(most)}` : ''
        return [nameOf(metric), `${drawn(numbers, least, most)}  ${range}`]
      }),
    )
  }
  return [data.result[1]]
}

function drawn(numbers: readonly number[], least: number, most: number): string {
  return numbers
    .map((value) => {
      if (!Number.isFinite(value)) return '·'
      const part = most > least ? (value - least) / (most - least) : 0
      return BARS[Math.round(part * (BARS.length - 1))]
    })
    .join('')
}

/** The labels, then what they have, one below the other. */
function aligned(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([name]) => name.length))
  return rows.map(([name, text]) => `${name.padEnd(width)}  ${text}`)
}

function nameOf({ __name__ = '', ...labels }: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  return pairs.length > 0 || __name__ === '' ? `${__name__}{${pairs.join(', ')}}` : __name__
}

function short(value: number): string {
  return String(Number(value.toPrecision(6)))
}

function secondsOf(text: string): number {
  const seconds = Number(text)
  if (text !== '' && Number.isFinite(seconds)) return seconds
  const ms = Date.parse(text)
  if (Number.isFinite(ms)) return ms / 1000
  throw new AskFailure(
    'unusable',
    `--at '${text}': neither Unix seconds nor 2026-11-21T10:00:00+08:00`,
  )
}

async function tokenOf(
  { tokenFile }: AskOptions,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  if (tokenFile === undefined) return env.TARS_ALARM_TOKEN
  try {
    return (await readFile(tokenFile, 'utf8')).trim()
  } catch (cause) {
    throw new AskFailure('unusable', `--token-file ${tokenFile}: ${messageOf(cause)}`, { cause })
  }
}
