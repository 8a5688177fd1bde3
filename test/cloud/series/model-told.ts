/** What one row says of each of its series, by the table of metrics in `src/README.md`. */
import type { Labels } from '../../../src/model/labels.ts'
import type { PropertyRow } from '../../../src/model/property.ts'
import type { ServerState } from '../../../src/model/server-state.ts'
import { LATENCY_BOUNDS_MS, type StatRow } from '../../../src/model/stat.ts'

export type Meet = (old: number, value: number) => number

/** What one row says of one series. */
export interface Told {
  readonly labels: Labels
  readonly value: number
  /** With what others say of the same time. */
  readonly meet: Meet
}

export const add: Meet = (old, value) => old + value
const { max, min } = Math

export function statTold({ key, values }: StatRow): Told[] {
  const { callee, caller, set, version, side, spanMs } = key
  const own = {
    ...{ callee, interface: key.interface, caller, set, version, side },
    ...{ callee_ip: key.calleeIp, callee_port: String(key.calleePort), caller_ip: key.callerIp },
    ...{ return_code: String(key.returnCode), span: spanMs === 300_000 ? '5m' : '10s' },
  }
  const told = (name: string, value: number, meet = add, extra = {}): Told => {
    return { labels: present({ __name__: name, ...own, ...extra }), value, meet }
  }
  const bounds = [...LATENCY_BOUNDS_MS.map(String), '+Inf']
  return [
    told('tars_calls', values.calls),
    told('tars_timeouts', values.timeouts),
    told('tars_exceptions', values.exceptions),
    told('tars_duration_ms_sum', values.durationSumMs),
    told('tars_duration_ms_max', values.durationMaxMs, max),
    ...bounds.map((le, at) => {
      const count = values.buckets.slice(0, at + 1).reduce(add, 0)
      return told('tars_duration_ms_bucket', count, add, { le })
    }),
  ]
}

export function propertyTold({ key, value }: PropertyRow): Told[] {
  const { module, property, policy, ip, set, le, spanMs } = key
  const span = spanMs === 300_000 ? '5m' : '10s'
  const labels = present({ __name__: 'tars_property', module, property, policy, ip, set, le, span })
  const meet = policy === 'Min' ? min : policy === 'Max' || policy === 'Avg' ? max : add
  return [{ labels, value, meet }]
}

export function stateTold({
  module,
  node,
  set,
  wanted,
  present: isThere,
  endpoints,
}: ServerState): Told[] {
  const told = (name: string, value: number): Told => {
    return { labels: present({ __name__: name, module, node, set }), value, meet: max }
  }
  if (module === '') return [told('tars_node_present', Number(isThere))]
  return [
    told('tars_server_wanted', Number(wanted)),
    told('tars_server_present', Number(isThere)),
    told('tars_server_endpoints', endpoints),
  ]
}

export function present(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== ''))
}
