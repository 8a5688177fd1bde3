/** `tars-alarm promql EXPR --url URL`: what a cloud, or any Prometheus, answers; as text for people. */
import { readFile } from 'node:fs/promises'
import { askPrometheus, type QueryData, queryData } from '../cloud/backtest/prometheus-api.ts'
import { parseDurationMs } from '../support/duration.ts'
import { Failure, messageOf } from '../support/failure.ts'

export class AskFailure extends Failure<'unusable'> {}

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

/** Points of a drawn line. */
const POINTS = 60
const BARS = '▁▂▃▄▅▆▇█'

/** The lines of the answer. Rejects with `AskFailure`, `PrometheusFailure`. */
export async function ask(
  expr: string,
  options: AskOptions,
  { env, nowMs }: { env: Readonly<Record<string, string | undefined>>; nowMs: number },
): Promise<string[]> {
  const address = { url: options.url, token: await tokenOf(options, env) }
  const fields = { query: expr, ...timesOf(options, nowMs) }
  const path = options.since ? 'query_range' : 'query'
  const { data, warnings } = await askPrometheus(address, path, fields, queryData)
  return [...linesOf(data), ...warnings.map((warning) => `! ${warning}`)]
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

function linesOf(data: QueryData): string[] {
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
