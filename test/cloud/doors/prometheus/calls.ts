/** What is asked of our door and of a real Prometheus alike, and the series both have. */
import type { SeriesData } from '../../../../src/promql/index.ts'
import { NOW, type Parameters, series } from './door.ts'

/** In the order of their labels, as Prometheus answers them. */
export const SERIES: readonly SeriesData[] = [
  series({ __name__: 'bucket', le: '+Inf' }, 60, () => 2),
  series({ __name__: 'bucket', le: '0.1' }, 60, () => 1),
  series({ __name__: 'odd', kind: '-inf' }, 9, () => Number.NEGATIVE_INFINITY),
  series({ __name__: 'odd', kind: 'inf' }, 9, () => Number.POSITIVE_INFINITY),
  series({ __name__: 'odd', kind: 'large' }, 9, () => 1.5e21),
  series({ __name__: 'odd', kind: 'nan', text: 'a "q" <b> \\ ü\u{1F525}' }, 9, () => Number.NaN),
  series({ __name__: 'odd', kind: 'small' }, 9, () => 9.5e-7),
  series({ __name__: 'odd', kind: 'zero' }, 9, () => -0),
  series({ __name__: 'tars_calls', callee: 'App.A', side: 'client' }, 60, (i) => i),
  series({ __name__: 'tars_calls', callee: 'App.B', side: 'client' }, 60, (i) => i / 3),
  series({ __name__: 'tars_calls', callee: 'App.B', side: 'server' }, 60, (i) => -i * 1e-9),
]

export interface ApiCall {
  readonly path: string
  readonly parameters?: Parameters
  readonly method?: 'GET' | 'POST'
}

const at = (NOW + 500) / 1000
const from = at - 120
const instant = (query: string, more: Parameters = {}): ApiCall => ({
  path: 'query',
  parameters: { query, time: String(at), ...more },
})
const range = (query: string, more: Parameters = {}): ApiCall => ({
  path: 'query_range',
  parameters: { query, start: String(from), end: String(at), step: '15', ...more },
})

/** The calls that Grafana's Prometheus data source makes. */
export const OF_GRAFANA: Readonly<Record<string, ApiCall>> = {
  'save & test asks for 1+1': { ...instant('1+1'), method: 'POST' },
  'explore asks for an instant': { ...instant('sum by (callee) (tars_calls)'), method: 'POST' },
  'a panel asks for a range': { ...range('tars_calls', { step: '15.5' }), method: 'POST' },
  'a panel asks by GET when POST is not allowed': range('sum_over_time(tars_calls[1m])'),
  'the metric browser asks for names': {
    path: 'labels',
    parameters: { start: String(from), end: String(at) },
    method: 'POST',
  },
  'the query builder asks for the labels of a metric': {
    path: 'labels',
    parameters: { start: String(from), end: String(at), 'match[]': 'tars_calls{side="client"}' },
  },
  'autocompletion asks for all metrics': {
    path: 'label/__name__/values',
    parameters: { start: String(from), end: String(at) },
  },
  'the variable label_values(callee)': {
    path: 'label/callee/values',
    parameters: { start: String(from), end: String(at) },
  },
  'the variable label_values(tars_calls{side="server"}, callee)': {
    path: 'label/callee/values',
    parameters: { 'match[]': 'tars_calls{side="server"}', start: String(from), end: String(at) },
  },
  'the same variable of an older Grafana': {
    path: 'series',
    parameters: { 'match[]': 'tars_calls', start: String(from), end: String(at) },
  },
  'the variable query_result(topk(1, tars_calls))': instant('topk(1, tars_calls)'),
  'an annotation asks for a range': range('tars_calls > 57', { step: '60s' }),
  'a heatmap asks for buckets': range('sum by (le) (bucket)', { step: '1m' }),
}

/** Values, shapes, parameters and faults. */
export const OTHERS: Readonly<Record<string, ApiCall>> = {
  'odd floats and texts': instant('odd'),
  'odd floats over a range': range('odd', { start: String(at - 30), step: '10' }),
  'a scalar': instant('1/3'),
  'a scalar over a range': range('time()'),
  'a string': instant('"a \\"b\\" <c> ü"'),
  'a range vector': instant('tars_calls{callee="App.A"}[25s]'),
  'nothing found': instant('nothing'),
  'nothing found over a range': range('nothing'),
  sorted: instant('sort_desc(tars_calls)'),
  'a time in RFC 3339': instant('time()', { time: '2026-03-02T02:00:00.123Z' }),
  'a time in another zone': instant('time()', { time: '2026-03-02T10:00:00+08:00' }),
  'a time below the millisecond': instant('time()', { time: '1772416800.1234567' }),
  'a time before 1970': instant('time()', { time: '-1.5' }),
  'a time in exponents': instant('time()', { time: '1.7724168e9' }),
  'a step as a duration': range('time()', { step: '1m30s' }),
  'a step below the second': range('time()', { start: String(at - 1), step: '0.25' }),
  'a time to wait': instant('1', { timeout: '10s' }),
  'all series of two selectors': {
    path: 'series',
    parameters: { 'match[]': ['tars_calls{callee="App.B"}', '{__name__=~"bu.*"}', 'bucket'] },
  },
  'no series': { path: 'series', parameters: { 'match[]': 'nothing' } },
  'no labels': { path: 'labels', parameters: { 'match[]': 'nothing' } },
  'no values': { path: 'label/nothing/values' },
  'series of another time': {
    path: 'series',
    parameters: { 'match[]': 'tars_calls', start: '1', end: '2' },
  },
  'values of two selectors': {
    path: 'label/kind/values',
    parameters: { 'match[]': ['odd{kind=~".*inf"}', 'odd{text!=""}'] },
  },
  'a formatted query': { path: 'format_query', parameters: { query: 'sum(rate( a[5m])) by(b)/2' } },
  'a long formatted query': {
    path: 'format_query',
    parameters: {
      query:
        'histogram_quantile(0.9, sum by (le, callee) (sum_over_time(tars_duration_ms_bucket{callee=~"App.*",side="client"}[1m]))) > on (callee) group_left () (-(max_over_time(sum by (callee) (tars_duration_ms_max{callee=~"App.*",side="client",span="10s"})[10m:1m] offset 1d)) + quantile by (callee) (0.99, tars_duration_ms_max{callee=~"App.*", return_code="0"}))',
    },
    method: 'POST',
  },
  'exemplars, of which there are none': {
    path: 'query_exemplars',
    parameters: { query: 'tars_calls', start: String(from), end: String(at) },
  },
  'no query': { path: 'query' },
  'a query that does not parse': instant('sum(tars_calls'),
  'a query of unknown words': instant('foo(tars_calls)'),
  'a range vector over a range': range('tars_calls[5m]'),
  'a string over a range': range('"a"'),
  'a query that cannot be executed': instant('label_replace(odd, "kind", "a", "", "")'),
  'a time that is none': instant('1', { time: 'yesterday' }),
  'a timeout that is none': instant('1', { timeout: 'x' }),
  'no start': { path: 'query_range', parameters: { query: '1', end: '2', step: '1' } },
  'an end that is none': range('1', { end: '' }),
  'an end before the start': range('1', { end: '1' }),
  'no step': range('1', { step: '' }),
  'a step of 0': range('1', { step: '0' }),
  'a negative step': range('1', { step: '-1' }),
  'a step that is none': range('1', { step: '1x' }),
  'a step that overflows': range('1', { step: '1e30' }),
  'too many points': range('1', { start: String(at - 11_001), step: '1' }),
  'as many points as may be': range('vector(1) > 1', { start: String(at - 11_000), step: '1' }),
  'series of what is no start': { path: 'series', parameters: { 'match[]': 'a', start: 'x' } },
  'labels of what is no end': { path: 'labels', parameters: { end: 'x' } },
  'no selector': { path: 'series' },
  'an empty selector': { path: 'series', parameters: { 'match[]': '{a=""}' } },
  'an empty selector with a pattern': { path: 'labels', parameters: { 'match[]': '{a=~".*"}' } },
  'a selector that does not parse': { path: 'labels', parameters: { 'match[]': 'a{' } },
  'an expression for a selector': { path: 'labels', parameters: { 'match[]': 'rate(a[5m])' } },
  'a range for a selector': { path: 'labels', parameters: { 'match[]': 'a[5m]' } },
  'an offset for a selector': { path: 'labels', parameters: { 'match[]': 'a offset 5m' } },
  'a format that does not parse': { path: 'format_query', parameters: { query: 'a b' } },
  'exemplars that end before they start': {
    path: 'query_exemplars',
    parameters: { query: 'a', start: '2', end: '1' },
  },
  'metadata with a limit that is none': { path: 'metadata', parameters: { limit: 'x' } },
  'rules of a type that is none': { path: 'rules', parameters: { type: 'x' } },
}
