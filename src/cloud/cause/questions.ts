/** The texts in which the series are asked. */
import type { UnixMs } from '../../model/time.ts'
import { baselineEnd } from './compared-calls.ts'
import type { CauseQuery } from './ports.ts'
import { bucketsOf, type LatencyBucket } from './slow-tail.ts'
import type { Measure } from './standing-out.ts'

/** A string of PromQL. */
export function quoted(text: string): string {
  return JSON.stringify(text)
}

/** Failures or calls a minute, or the mean in ms; what is polled in buckets of 5 min has no line. */
export function troubleLine(matchers: string, measure: Measure): string {
  const of = (metric: string) => `sum(sum_over_time(${metric}{span!="5m",${matchers}}[1m]))`
  const failures = `(${of('tars_timeouts')} + ${of('tars_exceptions')})`
  if (measure === 'failures') return failures
  if (measure === 'traffic') return of('tars_calls')
  return `${of('tars_duration_ms_sum')} / (${of('tars_calls')} - ${failures})`
}

interface Window {
  readonly service: string
  readonly interface?: string
  readonly at: UnixMs
  readonly since: UnixMs
}

/** As the callers see it, or where none reports, the callee. */
export async function latencyBuckets(query: CauseQuery, window: Window): Promise<LatencyBucket[]> {
  const name = window.interface === undefined ? '' : `interface=${quoted(window.interface)},`
  const of = (minutes: number) => (side: string) =>
    `sum by (le) (sum_over_time(tars_duration_ms_bucket{side="${side}",${name}callee=${quoted(window.service)}}[${minutes}m])) / ${minutes}`
  const asked = (minutes: number, at: UnixMs) => {
    const one = of(minutes)
    return query.instant(`${one('client')} or ${one('server')}`, at)
  }
  const [now, before] = await Promise.all([
    asked(5, window.at),
    asked(60, baselineEnd(window.since)),
  ])
  const countOf = (samples: typeof now, le: string) =>
    samples.find(({ labels }) => labels.le === le)?.value ?? 0
  const bounds = new Set([...now, ...before].map(({ labels }) => labels.le ?? ''))
  return bucketsOf(
    [...bounds].map((le) => ({
      le: le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le),
      now: countOf(now, le),
      before: countOf(before, le),
    })),
  )
}
