/** What a running cloud has stored, through the port of its series: for questions of its own console. */

import type { SeriesPort, SeriesQueries } from '../series/port.ts'
import { serviceCount } from './local-series.ts'
import type { StoredSeries } from './ports.ts'

/** It waits its turn as people's questions do, within their limits; `signal` cancels what is asked. */
export function portSeries(
  port: SeriesQueries & Pick<SeriesPort, 'events'>,
  environment: string,
  signal?: AbortSignal,
): StoredSeries {
  const options = signal ? { signal } : {}
  return {
    range: ({ expr }, instants) => port.range(environment, expr, instants, options),
    instant: (text, at) => port.instant(environment, text, at, options),
    source: {
      select: (matchers, startMs, endMs) =>
        port.select(environment, { matchers: [matchers], startMs, endMs }, options),
    },
    events: (...question) => port.events(environment, ...question),
    services: (fromMs, toMs) =>
      serviceCount((name, calls) =>
        port.labelValues(environment, name, { matchers: [calls], startMs: fromMs, endMs: toMs }),
      ),
  }
}
