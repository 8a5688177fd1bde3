/** Call statistics as the framework keeps them (a row of `tars_stat`) → the rows that live reports make. */
import { LATENCY_BOUNDS_MS, type StatKey, type StatRow, type StatValues } from '../../model/stat.ts'
import type { StatMicMsgHead } from '../../tars/idl/stat-f.ts'
import { statValuesOf } from './normalise-stat.ts'
import type { Sender } from './sender.ts'
import { isOfCpp, statKeyOf } from './stat-head.ts'

/** One row of `tars_stat`. */
export interface StoredStat {
  /** Without `@version`, which tarsstat puts into a column of its own. */
  readonly masterName: string
  readonly slaveName: string
  readonly interfaceName: string
  readonly tarsVersion: string
  readonly masterIp: string
  readonly slaveIp: string
  readonly slavePort: number
  readonly returnValue: number
  readonly succCount: number
  readonly timeoutCount: number
  readonly exceCount: number
  /** `5|12,10|0,…`; cut off after 128 characters. */
  readonly intervCount: string
  readonly totalTimeMs: number
  readonly maxTimeMs: number
}

/**
 * What servers give as the name of a caller when they report the calls they took: the column that
 * told is not kept. C++: `Current.cpp`; Node.js: `TarsCurrent.js`; HTTP: `HttpStats` of node-agent and
 * `httpserver.go`, also reported by the server.
 */
const SERVER_MASTERS = new Set([
  'stat_from_server',
  'tup_client',
  'one_way_client',
  'not_tars_client',
  'http_client',
  'https_client',
])

const LAST_BOUND_MS = LATENCY_BOUNDS_MS.at(-1) ?? 0

/** Undefined: no call, or impossible numbers. */
export function statRowOf(stored: StoredStat, spanMs: number): StatRow | undefined {
  if (!hasIntegers(stored)) return undefined
  const head = headOf(stored)
  const values = valuesOf(stored, head)
  if (!values) return undefined
  const isServer = SERVER_MASTERS.has(stored.masterName)
  const [side, ip] = isServer
    ? (['server', stored.slaveIp] as const)
    : (['client', stored.masterIp] as const)
  return { key: statKeyOf(head, side, ip, spanMs), values }
}

function hasIntegers(stored: StoredStat): boolean {
  const isInteger = Number.isSafeInteger
  const { succCount, timeoutCount, exceCount, totalTimeMs, maxTimeMs } = stored
  if (!isInteger(succCount) || !isInteger(timeoutCount) || !isInteger(exceCount)) return false
  if (!isInteger(totalTimeMs) || !isInteger(maxTimeMs)) return false
  return isInteger(stored.slavePort) && isInteger(stored.returnValue)
}

function headOf(stored: StoredStat): StatMicMsgHead {
  const { masterName, slaveName, interfaceName, tarsVersion, masterIp, slaveIp } = stored
  // As the reporter wrote it.
  const isClient = !SERVER_MASTERS.has(masterName) && tarsVersion !== ''
  return {
    masterName: isClient ? `${masterName}@${tarsVersion}` : masterName,
    slaveName,
    interfaceName,
    masterIp,
    slaveIp,
    slavePort: stored.slavePort,
    returnValue: stored.returnValue,
    slaveSetName: '',
    slaveSetArea: '',
    slaveSetID: '',
    tarsVersion,
  }
}

function valuesOf(stored: StoredStat, { masterName }: StatMicMsgHead): StatValues | undefined {
  const { succCount, timeoutCount, exceCount, maxTimeMs } = stored
  const { pairs, calls } = parseIntervals(stored.intervCount)
  // What was cut off: all calls ended before 3 s, so they are in some bucket.
  if (calls < succCount && maxTimeMs < LAST_BOUND_MS) pairs.push(maxTimeMs, succCount - calls)
  const record = {
    head: { returnCode: stored.returnValue, isOfCpp: isOfCpp(masterName) },
    count: succCount,
    timeoutCount,
    execCount: exceCount,
    intervalCount: pairs,
    totalRspTime: stored.totalTimeMs,
    maxRspTime: maxTimeMs,
    minRspTime: 0,
  }
  // Only the C++ runtime sends `node_name`; of a row only its way of counting tells: failures in a bucket.
  const sender: Sender = { nodeName: calls > succCount ? 'of C++' : '', host: '', port: 0 }
  const values = statValuesOf(record, sender)
  return values && { ...values, buckets: [...values.buckets] }
}

/** Flat pairs as in a report, up to what is none. By hand: a bucket has a hundred thousand of them. */
function parseIntervals(text: string): { pairs: number[]; calls: number } {
  const pairs: number[] = []
  let calls = 0
  for (let at = 0; at < text.length; ) {
    const bar = text.indexOf('|', at)
    const comma = text.indexOf(',', at)
    const end = comma === -1 ? text.length : comma
    const bound = bar === -1 ? -1 : digitsOf(text, at, bar)
    const count = digitsOf(text, bar + 1, end)
    if (bound < 0 || count < 0) break
    pairs.push(bound, count)
    calls += count
    at = end + 1
  }
  return { pairs, calls }
}

/** The number in `[from, to)`; -1 when there is none. */
function digitsOf(text: string, from: number, to: number): number {
  if (to <= from || to - from > 15) return -1
  let number = 0
  for (let i = from; i < to; i++) {
    const digit = text.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) return -1
    number = number * 10 + digit
  }
  return number
}

/** One row a key: several instances of tarsstat, and two writings of one bucket, keep rows of their own. */
export function mergeStatRows(rows: Iterable<StatRow>): StatRow[] {
  const merged = new Map<string, StatRow>()
  for (const row of rows) {
    const id = idOf(row.key)
    const before = merged.get(id)
    merged.set(id, before ? { key: row.key, values: sumOf(before.values, row.values) } : row)
  }
  return [...merged.values()]
}

function idOf(key: StatKey): string {
  const { callee, caller, calleeIp, callerIp, calleePort, returnCode, set, version, side } = key
  const names = [callee, key.interface, caller, calleeIp, callerIp, set, version, side]
  return `${names.join('\0')}\0${calleePort}\0${returnCode}\0${key.spanMs}`
}

function sumOf(a: StatValues, b: StatValues): StatValues {
  return {
    calls: a.calls + b.calls,
    timeouts: a.timeouts + b.timeouts,
    exceptions: a.exceptions + b.exceptions,
    durationSumMs: a.durationSumMs + b.durationSumMs,
    durationMaxMs: Math.max(a.durationMaxMs, b.durationMaxMs),
    buckets: a.buckets.map((calls, i) => calls + (b.buckets[i] ?? 0)),
  }
}
