/**
 * Call statistics as the runtimes report them → rows that mean the same whoever sent them.
 * What each runtime counts how: `stat/*` of TarsCpp, TarsGo, TarsJava and @tars/monitor.
 */
import { LATENCY_BOUNDS_MS, LATENCY_BUCKETS, type StatValues } from '../../model/stat.ts'
import type { StatRecord, StatReport } from '../../tars/stat-report.ts'
import { addressOf, type Sender, type SpanOf } from './sender.ts'
import type { KnownKey, StatHead } from './stat-head.ts'

/** What must be known of a head to read its counters. */
export type Counting = Pick<StatHead, 'returnCode' | 'isOfCpp'>

type Record = StatRecord<Counting>

/** Takes a row. The values are good during the call only: the same object comes again. */
export type TakeStat = (known: KnownKey, values: StatValues) => void

/**
 * Hands on the rows of a report, without those that have no call, as tarsstat does.
 * Returns how many had impossible numbers.
 */
export function normaliseStat(
  { fromClient, records }: StatReport<StatHead>,
  sender: Sender,
  spanOf: SpanOf,
  take: TakeStat,
): number {
  let bad = 0
  for (const record of records) {
    if (isBad(record)) bad++
    else if (callsOf(record) > 0) {
      const side = fromClient ? record.head.client : record.head.server
      setValues(record, sender)
      take(side.keyOf(addressOf(side.ownIp, sender), spanOf(side.module)), values)
    }
  }
  return bad
}

/** The values of one record, good until the next call; undefined: no call, or impossible numbers. */
export function statValuesOf(record: Record, sender: Sender): StatValues | undefined {
  if (isBad(record) || callsOf(record) === 0) return undefined
  setValues(record, sender)
  return values
}

const values = {
  calls: 0,
  timeouts: 0,
  exceptions: 0,
  durationSumMs: 0,
  durationMaxMs: 0,
  buckets: new Array<number>(LATENCY_BUCKETS).fill(0),
}

function setValues(record: Record, sender: Sender): void {
  values.calls = callsOf(record)
  values.timeouts = record.timeoutCount
  values.exceptions = record.execCount
  values.durationSumMs = record.totalRspTime
  values.durationMaxMs = record.maxRspTime
  setBuckets(record, sender)
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
type Way = 'cpp' | 'node' | 'timed'

function wayOf({ head, intervalCount }: Record, sender: Sender): Way {
  // Only Java has bounds beyond 3 s; only Java and Go report return codes.
  const lastBoundMs = intervalCount[intervalCount.length - 2] ?? 0
  if (head.returnCode !== 0 || lastBoundMs > 3000) return 'timed'
  return head.isOfCpp || sender.nodeName !== '' ? 'cpp' : 'node'
}

/** Counts of the calls that have a time, so that they add up to these calls. */
function setBuckets(record: Record, sender: Sender): void {
  const { intervalCount } = record
  const { buckets } = values
  const way = wayOf(record, sender)
  for (let i = 0; i < LATENCY_BUCKETS; i++) buckets[i] = 0
  let inBuckets = 0
  for (let i = 0, bucket = 0; i + 1 < intervalCount.length; i += 2) {
    bucket = bucketOf(intervalCount[i] ?? 0, bucket)
    const calls = intervalCount[i + 1] ?? 0
    buckets[bucket] = (buckets[bucket] ?? 0) + calls
    inBuckets += calls
  }
  if (way === 'cpp') {
    const first = buckets[0] ?? 0
    const failures = Math.min(record.timeoutCount + record.execCount, first)
    buckets[0] = first - failures
    inBuckets -= failures
  }
  const timed = way === 'timed' ? callsOf(record) : record.count
  if (timed > inBuckets) buckets[LAST_BUCKET] = (buckets[LAST_BUCKET] ?? 0) + timed - inBuckets
}

const LAST_BUCKET = LATENCY_BUCKETS - 1

/** The bucket that ends at `boundMs`, or after it. They mostly come in order: it may be near `guess`. */
function bucketOf(boundMs: number, guess: number): number {
  let bucket = guess
  while (bucket > 0 && boundMs <= (LATENCY_BOUNDS_MS[bucket - 1] ?? 0)) bucket--
  while (bucket < LAST_BUCKET && boundMs > (LATENCY_BOUNDS_MS[bucket] ?? 0)) bucket++
  return bucket
}
