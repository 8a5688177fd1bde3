/** What records are called in PromQL: metrics, their columns and labels (the table in `src/README.md`). */
import type { NotifyEvent } from '../../../model/event.ts'
import type { Labels } from '../../../model/labels.ts'
import type { PropertyKey } from '../../../model/property.ts'
import type { ServerState } from '../../../model/server-state.ts'
import { LATENCY_BOUNDS_MS, LATENCY_BUCKETS, type StatKey } from '../../../model/stat.ts'
import type { Merge } from '../block/record-rows.ts'
import { bucketMetric, columnMetric, type Metric } from './metric.ts'

const BUCKETS_AT = 5
const bucketColumns = Array.from({ length: LATENCY_BUCKETS }, (_, bucket) => BUCKETS_AT + bucket)

export const STAT_METRICS: readonly Metric[] = [
  columnMetric('tars_calls', 0),
  columnMetric('tars_timeouts', 1),
  columnMetric('tars_exceptions', 2),
  columnMetric('tars_duration_ms_sum', 3),
  columnMetric('tars_duration_ms_max', 4),
  bucketMetric('tars_duration_ms_bucket', bucketColumns, [
    ...LATENCY_BOUNDS_MS.map(String),
    '+Inf',
  ]),
]

export const STAT_MERGES: readonly Merge[] = [
  ...(['add', 'add', 'add', 'add', 'max'] as const),
  ...bucketColumns.map(() => 'add' as const),
]

export function statLabels(key: StatKey): Labels {
  return present({
    callee: key.callee,
    interface: key.interface,
    caller: key.caller,
    callee_ip: key.calleeIp,
    callee_port: key.calleePort === 0 ? '' : String(key.calleePort),
    caller_ip: key.callerIp,
    return_code: String(key.returnCode),
    set: key.set,
    version: key.version,
    side: key.side,
    span: spanLabel(key.spanMs),
  })
}

export const PROPERTY_METRICS: readonly Metric[] = [columnMetric('tars_property', 0)]

export function propertyLabels(key: PropertyKey): Labels {
  const { module, property, policy, ip, set, le } = key
  return present({ module, property, policy, ip, set, le, span: spanLabel(key.spanMs) })
}

const ADDED: readonly Merge[] = ['add']
const LARGEST: readonly Merge[] = ['max']
const LEAST: readonly Merge[] = ['min']

/** Of averages the larger: how many values each stands for is not known. */
export function propertyMerges(policy: string): readonly Merge[] {
  if (policy === 'Min') return LEAST
  return policy === 'Max' || policy === 'Avg' ? LARGEST : ADDED
}

/** Of a server on a node: whether it should run, whether it does, endpoints given to callers. */
export const SERVER_METRICS: readonly Metric[] = [
  columnMetric('tars_server_wanted', 0),
  columnMetric('tars_server_present', 1),
  columnMetric('tars_server_endpoints', 2),
]

/** Of a node: whether its tarsnode answers. */
export const NODE_METRICS: readonly Metric[] = [columnMetric('tars_node_present', 1)]

export const STATE_MERGES: readonly Merge[] = ['max', 'max', 'max']

export function stateRow({ wanted, present, endpoints }: ServerState): number[] {
  return [Number(wanted), Number(present), endpoints]
}

export function stateLabels({ module, node, set }: ServerState): Labels {
  return present({ module, node, set })
}

export const EVENT_MERGES = ADDED

export const EVENT_METRICS: readonly Metric[] = [columnMetric('tars_notify_events', 0)]

export function eventLabels({ module, level, node, kind, title, set }: NotifyEvent): Labels {
  return present({ module, level, node, kind, title, set })
}

export const AGENT_MERGES = LARGEST

/** From the end of a window to the arrival of its batch. */
export const AGENT_METRICS: readonly Metric[] = [columnMetric('tars_agent_window_lag_seconds', 0)]

/** `10s`, `1m`, `5m`. */
export function spanLabel(spanMs: number): string {
  return spanMs % 60_000 === 0 ? `${spanMs / 60_000}m` : `${spanMs / 1000}s`
}

function present(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== ''))
}
