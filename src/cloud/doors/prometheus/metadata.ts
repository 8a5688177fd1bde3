/** What our metrics mean, for who writes queries. All are deltas of a span or states: none is a counter. */

export interface Metadata {
  readonly type: 'gauge'
  readonly help: string
}

const gauge = (help: string): Metadata => ({ type: 'gauge', help })

export const METADATA: Readonly<Record<string, Metadata>> = {
  tars_calls: gauge('Calls in the span that ends at the sample; use sum_over_time, not rate.'),
  tars_timeouts: gauge('Calls that timed out in the span that ends at the sample.'),
  tars_exceptions: gauge('Calls that failed in the span that ends at the sample.'),
  tars_duration_ms_sum: gauge('Time that the calls of the span took together, milliseconds.'),
  tars_duration_ms_max: gauge('Time that the longest call of the span took, milliseconds.'),
  tars_duration_ms_bucket: gauge('Calls of the span that took at most le milliseconds.'),
  tars_property: gauge('Value of a property in the span that ends at the sample.'),
  tars_notify_events: gauge('Notify events in the span that ends at the sample.'),
  tars_server_wanted: gauge('1 when the server should run on this node, by the registry.'),
  tars_server_present: gauge('1 when the server runs on this node, by the registry.'),
  tars_server_endpoints: gauge('Endpoints of the server on this node that callers are given.'),
  tars_node_present: gauge('1 when tarsnode of this node answers the registry.'),
  tars_agent_window_lag_seconds: gauge('From the end of a window to the arrival of its batch.'),
}
