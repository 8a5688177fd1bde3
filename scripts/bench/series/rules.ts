/**
 * The nine default alarms in PromQL over the data. Each is a value and a condition on it: what is timed is
 * both; of those that answer, the values are compared too, as conditions hold for few.
 */
import { QUEUE } from './metrics.ts'

export interface BenchRule {
  readonly name: string
  readonly value: string
  readonly condition: string
}

const BY = 'callee,interface'
const before = calls('10m', 'offset 2m')

export const RULES: readonly BenchRule[] = [
  {
    name: 'TrafficFluctuation',
    value: `abs(${calls('2m')} / 2 - ${before} / 10) / (${before} / 10)`,
    condition: `> 0.5 and ${before} > 1000`,
  },
  { name: 'AvgLatency', value: latency('5m'), condition: '> 200' },
  {
    name: 'FailureRatio',
    value: `(${sum('exceptions', '5m')} + ${sum('timeouts', '5m')}) / ${calls('5m')}`,
    condition: '> 0.05',
  },
  { name: 'Timeouts', value: sum('timeouts', '5m'), condition: '> 5000' },
  {
    name: 'TrafficDayOverDay',
    value: `abs(${calls('10m', '', 'callee')} / ${calls('10m', 'offset 1d', 'callee')} - 1)`,
    condition: '> 0.3',
  },
  {
    name: 'LatencyDayOverDay',
    value: `(${latency('10m')}) / (${latency('10m', 'offset 1d')})`,
    condition: '> 1.5',
  },
  {
    name: 'TrafficZero',
    value: calls('10m', 'offset 5m'),
    condition: `> 100 unless ${calls('5m')} > 0`,
  },
  {
    name: 'P99Latency',
    value: `histogram_quantile(0.99, ${sum('duration_ms_bucket', '5m', '', `${BY},le`)})`,
    condition: '> 1000',
  },
  {
    name: 'QueueLength',
    value: `max by (module,ip) (max_over_time(tars_property{property="${QUEUE.property}"}[2m]))`,
    condition: '> 1000',
  },
]

function sum(column: string, range: string, offset = '', by = BY): string {
  return `sum by (${by}) (sum_over_time(tars_${column}[${range}] ${offset}))`
}

function calls(range: string, offset = '', by = BY): string {
  return sum('calls', range, offset, by)
}

function latency(range: string, offset = ''): string {
  return `${sum('duration_ms_sum', range, offset)} / ${calls(range, offset)}`
}
