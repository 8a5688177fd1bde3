/** Which feeds an expression may read: by the names and spans its selectors can match. Pure. */
import type { FeedName } from '../../model/polled.ts'
import { compileMatcher, type Expr, type Matcher, selectors } from '../../promql/index.ts'

/** `events`: notifies. `outside`: the doors, what rules record, what the cloud itself appends. */
export type DataFeed = FeedName | 'events' | 'outside'

/** What alerting rules write. */
export const ALERT_SERIES = ['ALERTS', 'ALERTS_FOR_STATE']

/** What is read back from the framework is in buckets of 5 min; on K8SFramework of 1 min. */
const SPANS: Readonly<Record<string, readonly DataFeed[]>> = {
  '10s': ['subscribe'],
  '1m': ['subscribe', 'query', 'database'],
  '5m': ['query', 'database'],
}
const SPANNED = [
  'tars_calls',
  'tars_timeouts',
  'tars_exceptions',
  'tars_duration_ms_sum',
  'tars_duration_ms_max',
  'tars_duration_ms_bucket',
  'tars_property',
]
const OTHERS: Readonly<Record<string, DataFeed>> = {
  tars_notify_events: 'events',
  tars_agent_window_lag_seconds: 'subscribe',
  tars_agent_silent_seconds: 'outside',
  tars_agent_heard_timestamp_seconds: 'outside',
  tars_collection_lost_seconds: 'outside',
  tars_server_wanted: 'registry',
  tars_server_present: 'registry',
  tars_server_endpoints: 'registry',
  tars_node_present: 'registry',
}

export function feedsOf(expr: Expr): ReadonlySet<DataFeed> {
  return new Set(selectors(expr).flatMap(({ matchers }) => [...feedsOfSelector(matchers)]))
}

/** Whether a selector of the expression may match one of these metrics. */
export function mayMatch(expr: Expr, metrics: readonly string[]): boolean {
  return selectors(expr).some(({ matchers }) => {
    const isNamed = testOf(matchers, '__name__')
    return metrics.some(isNamed)
  })
}

function* feedsOfSelector(matchers: readonly Matcher[]): Generator<DataFeed> {
  const isNamed = testOf(matchers, '__name__')
  if (SPANNED.some(isNamed)) yield* feedsOfSpans(testOf(matchers, 'span'))
  for (const [metric, feed] of Object.entries(OTHERS)) if (isNamed(metric)) yield feed
  const name = matchers.find((each) => each.name === '__name__' && each.op === '=')?.value
  if (name === undefined || !name.startsWith('tars_')) yield 'outside'
  // Of our own names also those that are not known here are of data time.
  else if (!SPANNED.includes(name) && !(name in OTHERS)) yield 'subscribe'
}

function feedsOfSpans(hasSpan: (span: string) => boolean): readonly DataFeed[] {
  const feeds = Object.entries(SPANS).flatMap(([span, feeds]) => (hasSpan(span) ? feeds : []))
  return feeds.length > 0 ? feeds : ['subscribe']
}

/** Whether all matchers of this label take a value. */
export function testOf(matchers: readonly Matcher[], label: string): (value: string) => boolean {
  const tests = matchers.filter(({ name }) => name === label).map(compileMatcher)
  return (value) => tests.every((test) => test(value))
}
