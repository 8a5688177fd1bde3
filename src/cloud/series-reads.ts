/** What the Prometheus door reads, through the port of the series. */
import { PromqlError } from '../promql/index.ts'
import type { QueryOptions, Selection, SeriesReads } from './doors/prometheus/ports.ts'
import type { Found, SeriesPort } from './series/port.ts'

const MAX_FOUND = 500_000

export function seriesReads(series: SeriesPort): SeriesReads {
  return {
    instant: (environment, expr, at, options) =>
      series.instant(environment, expr, at, optionsOf(options)),
    range: (environment, expr, range, options) =>
      series.range(environment, expr, range, optionsOf(options)),
    labelSets: async (environment, selection) =>
      whole(await series.series(environment, selectorOf(selection), MAX_FOUND), selection),
    labelNames: async (environment, selection) =>
      whole(await series.labelNames(environment, selectorOf(selection), MAX_FOUND), selection),
    labelValues: async (environment, name, selection) =>
      whole(
        await series.labelValues(environment, name, selectorOf(selection), MAX_FOUND),
        selection,
      ),
  }
}

function optionsOf({ timeoutMs, lookbackMs, signal }: QueryOptions) {
  return { limits: { timeoutMs }, signal, ...(lookbackMs !== undefined && { lookbackMs }) }
}

/** Without a set everything is meant. */
function selectorOf({ sets, startMs, endMs }: Selection) {
  return { matchers: sets.length === 0 ? [[]] : sets, startMs, endMs }
}

function whole<Thing>({ found, isCut }: Found<Thing>, { signal }: Selection): readonly Thing[] {
  if (signal.aborted) {
    throw new PromqlError('canceled', 'query was canceled in label selection')
  }
  if (!isCut) return found
  throw new PromqlError('too_many_series', `the selection has more than ${MAX_FOUND} series`)
}
