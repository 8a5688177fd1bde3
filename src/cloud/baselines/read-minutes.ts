/** Minutes of all pairs out of the series, by PromQL. */
import type { UnixMs } from '../../model/time.ts'
import type { SeriesData, Value } from '../../promql/index.ts'
import { MINUTE_MS, Minutes, type Pair, pairKey } from './minutes.ts'
import type { RangeQuery } from './ports.ts'

/** As rules read them: `$span`, `$window`, `$minutes` of `conf/rules`. */
const READINGS = [
  { span: '10s', window: '1m', minutes: 1 },
  { span: '1m', window: '3m', minutes: 3 },
  { span: '5m', window: '5m', minutes: 5 },
]

/** `le="+Inf"`: the calls that have a duration. */
const METRICS = [
  { name: 'tars_calls', matcher: '' },
  { name: 'tars_timeouts', matcher: '' },
  { name: 'tars_exceptions', matcher: '' },
  { name: 'tars_duration_ms_sum', matcher: '' },
  { name: 'tars_duration_ms_bucket', matcher: ', le="+Inf"' },
]

/** What one side tells of a pair: `METRICS`, each of `count` minutes. */
interface Side extends Pair {
  readonly side: string
  readonly columns: Float32Array
}

export interface Span {
  /** End of the first minute, and of the last. */
  readonly fromMs: UnixMs
  readonly toMs: UnixMs
}

/**
 * The minutes of a span, of the `maxPairs` pairs with most calls. A call is reported by its client and by its
 * server, and counted once: as the client tells it, or the server where no client tells of the callee.
 */
export async function readMinutes(
  query: RangeQuery,
  { fromMs, toMs }: Span,
  maxPairs: number,
): Promise<Minutes> {
  const count = (toMs - fromMs) / MINUTE_MS + 1
  const sides = new Map<string, Side>()
  for (const { span, window, minutes } of READINGS) {
    for (const [metric, { name, matcher }] of METRICS.entries()) {
      const rows = `sum_over_time(${name}{span="${span}"${matcher}}[${window}])`
      const expr = `sum by (callee, interface, side) (${rows})`
      const value = await query(expr, { startMs: fromMs, endMs: toMs, stepMs: MINUTE_MS })
      // Nothing is reported at this interval.
      if (seriesOf(value).length === 0) break
      for (const series of seriesOf(value)) {
        const column = sideOf(sides, series, count).columns.subarray(metric * count)
        add(column, series, { fromMs, minutes })
      }
    }
  }
  const counted = countedOnce([...sides.values()])
  const kept = withMostCalls(counted, maxPairs, count)
  const result = new Minutes(fromMs, count, kept, counted.length - kept.length)
  for (const side of kept) fill(result, side)
  return result
}

export function seriesOf(value: Value): readonly SeriesData[] {
  return value.type === 'matrix' ? value.series : []
}

function sideOf(sides: Map<string, Side>, { labels }: SeriesData, count: number): Side {
  const { callee = '', interface: name = '', side = '' } = labels
  const key = `${side}\n${pairKey({ callee, interface: name })}`
  let known = sides.get(key)
  if (!known) {
    const columns = new Float32Array(METRICS.length * count).fill(Number.NaN)
    known = { callee, interface: name, side, columns }
    sides.set(key, known)
  }
  return known
}

function add(
  column: Float32Array,
  { times, values }: SeriesData,
  { fromMs, minutes }: { fromMs: UnixMs; minutes: number },
): void {
  for (let at = 0; at < times.length; at++) {
    const minute = ((times[at] as number) - fromMs) / MINUTE_MS
    const before = column[minute] as number
    column[minute] = (Number.isNaN(before) ? 0 : before) + (values[at] as number) / minutes
  }
}

function countedOnce(sides: readonly Side[]): readonly Side[] {
  const ofClients = sides.filter(({ side }) => side === 'client')
  const told = new Set(ofClients.map(({ callee }) => callee))
  return [...ofClients, ...sides.filter(({ callee }) => !told.has(callee))]
}

function withMostCalls(sides: readonly Side[], max: number, count: number): readonly Side[] {
  if (sides.length <= max) return sides
  const callsOf = ({ columns }: Side) =>
    columns.subarray(0, count).reduce((sum, calls) => (calls > 0 ? sum + calls : sum), 0)
  return sides
    .map((side) => ({ side, calls: callsOf(side) }))
    .sort((a, b) => b.calls - a.calls)
    .slice(0, max)
    .map(({ side }) => side)
}

function fill(minutes: Minutes, side: Side): void {
  const row = minutes.pairs.get(pairKey(side))
  if (!row) return
  const { count } = minutes
  const told = (metric: number, minute: number) => side.columns[metric * count + minute] as number
  const calls = minutes.column(row, 'calls')
  const failures = minutes.column(row, 'failures')
  const duration = minutes.column(row, 'duration')
  for (let minute = 0; minute < count; minute++) {
    calls[minute] = told(0, minute)
    failures[minute] = told(1, minute) + told(2, minute)
    const timed = told(4, minute)
    duration[minute] = timed > 0 ? told(3, minute) / timed : Number.NaN
  }
}
