/** What a running cloud has stored, through the port of its series: for questions of its own console. */
import type { Matcher, Value } from '../../promql/index.ts'
import type { SeriesPort, SeriesQueries } from '../series/port.ts'
import { serviceCount } from './local-series.ts'
import type { StoredSeries } from './ports.ts'
import { Unreadable } from './unreadable.ts'

/** It waits its turn as people's questions do, within their limits; `signal` cancels what is asked. */
export function portSeries(
  port: SeriesQueries & Pick<SeriesPort, 'events'>,
  environment: string,
  signal?: AbortSignal,
): StoredSeries {
  const options = signal ? { signal } : {}
  const unreadable = new Unreadable()
  async function heard<Answer extends Value>(answer: Promise<Answer>): Promise<Answer> {
    unreadable.hear((await answer).annotations.warnings)
    return answer
  }
  const valuesOf = (name: string, matchers: readonly Matcher[], startMs: number, endMs: number) =>
    port.labelValues(environment, name, { matchers: [matchers], startMs, endMs }, options)
  return {
    range: ({ expr }, instants) => heard(port.range(environment, expr, instants, options)),
    instant: (text, at) => heard(port.instant(environment, text, at, options)),
    source: {
      select: (matchers, startMs, endMs) =>
        port.select(environment, { matchers: [matchers], startMs, endMs }, options),
    },
    events: (...question) => port.events(environment, ...question),
    services: (fromMs, toMs) => serviceCount((name, calls) => valuesOf(name, calls, fromMs, toMs)),
    mayHave: async (...selector) => (await valuesOf('__name__', ...selector)).length > 0,
    unreadable: () => unreadable.list(),
  }
}
