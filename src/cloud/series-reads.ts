/** What the Prometheus door reads, through the port of the series. */
import type { QueryOptions, Selection, SeriesReads } from './doors/prometheus/ports.ts'
import type { SeriesQueries } from './series/port.ts'

export function seriesReads(series: SeriesQueries): SeriesReads {
  return {
    instant: (environment, expr, at, options) =>
      series.instant(environment, expr, at, optionsOf(options)),
    range: (environment, expr, range, options) =>
      series.range(environment, expr, range, optionsOf(options)),
    labelSets: (environment, selection) =>
      series.labelSets(environment, selectorOf(selection), { signal: selection.signal }),
    labelNames: (environment, selection) =>
      series.labelNames(environment, selectorOf(selection), { signal: selection.signal }),
    labelValues: (environment, name, selection) =>
      series.labelValues(environment, name, selectorOf(selection), { signal: selection.signal }),
  }
}

function optionsOf({ timeoutMs, lookbackMs, signal }: QueryOptions) {
  return { limits: { timeoutMs }, signal, ...(lookbackMs !== undefined && { lookbackMs }) }
}

/** Without a set everything is meant. */
function selectorOf({ sets, startMs, endMs }: Selection) {
  return { matchers: sets.length === 0 ? [[]] : sets, startMs, endMs }
}
