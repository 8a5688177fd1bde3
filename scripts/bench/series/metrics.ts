/** What the samples are called: for the peers as the cloud names them, so that one expression fits all. */
import type { Labels } from '../../../src/model/labels.ts'
import { LATENCY_BOUNDS_MS, type StatKey } from '../../../src/model/stat.ts'
import type { Model } from './data.ts'

/** The queues of nodes, as a property. */
export const QUEUE = { property: 'BenchAdapter.queue', policy: 'Max' } as const

const COLUMNS = ['calls', 'timeouts', 'exceptions', 'duration_ms_sum', 'duration_ms_max']
const BOUNDS = [...LATENCY_BOUNDS_MS.map(String), '+Inf']

/**
 * The labels of all series, in the order of the samples of a minute: seven of a record, not the two more that
 * the cloud gives it (`side`, `span`).
 */
export function labelsOf({ records, queues }: Model, prefix: string): Labels[] {
  const ofRecords = records.flatMap(({ key }) => statSeries(prefix, recordLabels(key)))
  const ofQueues = queues.map((queue) => ({ __name__: `${prefix}_property`, ...QUEUE, ...queue }))
  return [...ofRecords, ...ofQueues]
}

/** The 15 series of a record with these labels. */
export function statSeries(prefix: string, labels: Labels): Labels[] {
  return [
    ...COLUMNS.map((column) => ({ __name__: `${prefix}_${column}`, ...labels })),
    ...BOUNDS.map((le) => ({ __name__: `${prefix}_duration_ms_bucket`, ...labels, le })),
  ]
}

function recordLabels(key: StatKey): Labels {
  return {
    callee: key.callee,
    interface: key.interface,
    callee_ip: key.calleeIp,
    callee_port: String(key.calleePort),
    caller: key.caller,
    caller_ip: key.callerIp,
    return_code: String(key.returnCode),
  }
}
