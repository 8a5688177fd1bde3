/**
 * Call statistics as the runtimes report them → rows that mean the same whoever sent them.
 * What each runtime counts how: `stat/*` of TarsCpp, TarsGo, TarsJava and @tars/monitor.
 */
import { LATENCY_BOUNDS_MS, LATENCY_BUCKETS, type StatRow } from '../../model/stat.ts'
import type { StatRecord, StatReport } from '../../tars/stat-report.ts'
import { setOf, splitModuleName } from './module-name.ts'
import { addressOf, type Sender, type SpanOf } from './sender.ts'
import { nameOf } from './text.ts'

export interface NormalisedStat {
  readonly rows: readonly StatRow[]
  /** Rows with impossible numbers. */
  readonly bad: number
}

/** Rows without any call are left out, as tarsstat does. */
export function normaliseStat(report: StatReport, sender: Sender, spanOf: SpanOf): NormalisedStat {
  const rows: StatRow[] = []
  let bad = 0
  for (const record of report.records) {
    if (isBad(record)) bad++
    else if (callsOf(record) > 0) rows.push(rowOf(record, report.fromClient, sender, spanOf))
  }
  return { rows, bad }
}

function rowOf(record: StatRecord, fromClient: boolean, sender: Sender, spanOf: SpanOf): StatRow {
  const { head } = record
  const caller = splitModuleName(head.masterName)
  const callee = splitModuleName(head.slaveName)
  const reporter = fromClient ? caller : callee
  const set = { name: head.slaveSetName, area: head.slaveSetArea, id: head.slaveSetID }
  return {
    key: {
      callee: callee.module,
      interface: nameOf(head.interfaceName),
      caller: caller.module,
      calleeIp: nameOf(fromClient ? head.slaveIp : addressOf(head.slaveIp, sender)),
      calleePort: portOf(head.slavePort),
      callerIp: nameOf(fromClient ? addressOf(head.masterIp, sender) : head.masterIp),
      returnCode: head.returnValue,
      set: setOf(set, callee.joinedSet),
      version: reporter.version || nameOf(head.tarsVersion),
      side: fromClient ? 'client' : 'server',
      spanMs: spanOf(reporter.module),
    },
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

/** What is no port is unknown. */
function portOf(port: number): number {
  return port >= 0 && port <= 65_535 ? port : 0
}

function callsOf({ count, timeoutCount, execCount }: StatRecord): number {
  return count + timeoutCount + execCount
}

function isBad(record: StatRecord): boolean {
  const { count, timeoutCount, execCount, totalRspTime, maxRspTime, intervalCount } = record
  const numbers = [count, timeoutCount, execCount, totalRspTime, maxRspTime, ...intervalCount]
  return numbers.some((value) => value < 0)
}

/**
 * How a runtime puts calls into buckets.
 * - `cpp`: failures in the first bucket, successes of 3 s and more in none.
 * - `node`: failures in none, successes slower than 3 s in the last.
 * - `timed`: Java and Go give failures their real time; Go leaves 3 s and more out.
 */
type Counting = 'cpp' | 'node' | 'timed'

function countingOf({ head, intervalCount }: StatRecord, sender: Sender): Counting {
  // Only Java has bounds beyond 3 s; only Java and Go report return codes.
  const lastBoundMs = intervalCount.at(-2) ?? 0
  if (head.returnValue !== 0 || lastBoundMs > 3000) return 'timed'
  const { masterName } = head
  const named = masterName.includes('@') || masterName === 'stat_from_server'
  return named || sender.nodeName !== '' ? 'cpp' : 'node'
}

/** Counts of the calls that have a time, so that they add up to these calls. */
function bucketsOf(record: StatRecord, sender: Sender): number[] {
  const { intervalCount } = record
  const counting = countingOf(record, sender)
  const buckets = new Array<number>(LATENCY_BUCKETS).fill(0)
  for (let i = 0; i + 1 < intervalCount.length; i += 2) {
    const boundMs = intervalCount[i] ?? 0
    const index = LATENCY_BOUNDS_MS.findIndex((bound) => boundMs <= bound)
    add(buckets, index < 0 ? LATENCY_BUCKETS - 1 : index, intervalCount[i + 1] ?? 0)
  }
  const failures = record.timeoutCount + record.execCount
  if (counting === 'cpp') add(buckets, 0, -Math.min(failures, buckets[0] ?? 0))
  const timed = counting === 'timed' ? callsOf(record) : record.count
  const inBuckets = buckets.reduce((sum, calls) => sum + calls, 0)
  add(buckets, LATENCY_BUCKETS - 1, Math.max(0, timed - inBuckets))
  return buckets
}

function add(buckets: number[], index: number, calls: number): void {
  buckets[index] = (buckets[index] ?? 0) + calls
}
