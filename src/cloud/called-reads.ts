/** Who was called lately, through the port of the series. */
import type { UnixMs } from '../model/time.ts'
import type { Matcher } from '../promql/index.ts'
import type { CalledReads } from './api/ports.ts'
import type { SeriesQueries } from './series/port.ts'

const LATELY_MS = 3_600_000
const CALLS: Matcher = { name: '__name__', op: '=', value: 'tars_calls' }
/** Of a person who waits for a page. */
const LIMITS = { timeoutMs: 20_000 }

export function calledReads(series: SeriesQueries, now: () => UnixMs): CalledReads {
  const lately = (...more: Matcher[]) => {
    const endMs = Math.floor(now())
    return { matchers: [[CALLS, ...more]], startMs: endMs - LATELY_MS, endMs }
  }
  const limits = { limits: LIMITS }
  return {
    servers: (environment) => series.labelValues(environment, 'callee', lately(), limits),
    interfaces: (environment, server) => {
      const callee = { name: 'callee', op: '=', value: server } as const
      return series.labelValues(environment, 'interface', lately(callee), limits)
    },
    range: (environment, query, range) => series.range(environment, query, range, limits),
  }
}
