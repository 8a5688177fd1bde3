/**
 * Call statistics as the runtimes report them → rows that mean the same whoever sent them.
 * What each runtime counts how: `stat/*` of TarsCpp, TarsGo, TarsJava and @tars/monitor.
 */
import { LATENCY_BOUNDS_MS, LATENCY_BUCKETS, type StatRow } from '../../model/stat.ts'
import type { StatRecord, StatReport } from '../../tars/stat-report.ts'
import { addressOf, type Sender, type SpanOf } from './sender.ts'
import type { StatHead } from './stat-head.ts'

export interface NormalisedStat {
  readonly rows: readonly StatRow[]
  /** Rows with impossible numbers. */
  readonly bad: number
}

type Record = StatRecord<StatHead>

/** Rows without any call are left out, as tarsstat does. */
export function normaliseStat(
  { fromClient, records }: StatReport<StatHead>,
  sender: Sender,
  spanOf: SpanOf,
): NormalisedStat {
  const rows: StatRow[] = []
  let bad = 0
  for (const record of records) {
    if (isBad(record)) bad++
    else if (callsOf(record) > 0) rows.push(rowOf(record, fromClient, sender, spanOf))
  }
  return { rows, bad }
}

function rowOf(record: Record, fromClient: boolean, sender: Sender, spanOf: SpanOf): StatRow {
  const side = fromClient ? record.head.client : record.head.server
  return {
    key: side.keyOf(addressOf(side.ownIp, sender), spanOf(side.module)),
    values: {
      calls: callsOf(record),
      timeouts: record.timeoutCount,
      exceptions: record.execCount,
      durationSumMs: record.totalRspTime,
      durationMaxMs: record.maxRspTime,
      buckets: bucketsOf(record, sender),
    },
  }
}

function callsOf({ count, timeoutCount, execCount }: Record): number {
  return count + timeoutCount + execCount
}

function isBad(record: Record): boolean {
  const { count, timeoutCount, execCount, totalRspTime, maxRspTime, intervalCount } = record
  if (count < 0 || timeoutCount < 0 || execCount < 0) return true
  if (totalRspTime < 0 || maxRspTime < 0) return true
  for (let i = 0; i < intervalCount.length; i++) if ((intervalCount[i] ?? 0) < 0) return true
  return false
}

/**
 * How a runtime puts calls into buckets.
 * - `cpp`: failures in the first bucket, successes of 3 s and more in none.
 * - `node`: failures in none, successes slower than 3 s in the last.
 * - `timed`: Java and Go give failures their real time; Go leaves 3 s and more out.
 */
type Counting = 'cpp' | 'node' | 'timed'

function countingOf({ head, intervalCount }: Record, sender: Sender): Counting {
  // Only Java has bounds beyond 3 s; only Java and Go report return codes.
  const lastBoundMs = intervalCount[intervalCount.length - 2] ?? 0
  if (head.returnCode !== 0 || lastBoundMs > 3000) return 'timed'
  return head.isOfCpp || sender.nodeName !== '' ? 'cpp' : 'node'
}

/** Counts of the calls that have a time, so that they add up to these calls. */
function bucketsOf(record: Record, sender: Sender): number[] {
  const { intervalCount } = record
  const counting = countingOf(record, sender)
  const buckets = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
  let inBuckets = 0
  for (let i = 0, bucket = 0; i + 1 < intervalCount.length; i += 2) {
    bucket = bucketOf(intervalCount[i] ?? 0, bucket)
    const calls = intervalCount[i + 1] ?? 0
    buckets[bucket] = (buckets[bucket] ?? 0) + calls
    inBuckets += calls
  }
  if (counting === 'cpp') {
    const first = buckets[0] ?? 0
    const failures = Math.min(record.timeoutCount + record.execCount, first)
    buckets[0] = first - failures
    inBuckets -= failures
  }
  const timed = counting === 'timed' ? callsOf(record) : record.count
  if (timed > inBuckets) buckets[LAST_BUCKET] = (buckets[LAST_BUCKET] ?? 0) + timed - inBuckets
  return buckets
}

const LAST_BUCKET = LATENCY_BUCKETS - 1

/** The bucket that ends at `boundMs`, or after it. They mostly come in order: it may be near `guess`. */
function bucketOf(boundMs: number, guess: number): number {
  let bucket = guess
  while (bucket > 0 && boundMs <= (LATENCY_BOUNDS_MS[bucket - 1] ?? 0)) bucket--
  while (bucket < LAST_BUCKET && boundMs > (LATENCY_BOUNDS_MS[bucket] ?? 0)) bucket++
  return bucket
}
