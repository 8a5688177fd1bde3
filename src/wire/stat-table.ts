/** Call statistics as columns: keys once a batch, rows of all windows one after the other. */
import type { StatKey, StatRow } from '../model/stat.ts'
import { encodeSteps, encodeSurprises, encodeValues } from './column.ts'
import { malformed } from './failure.ts'
import type { BatchLimits } from './limits.ts'
import { encodeTable, TableReader } from './table.ts'
import type { TextIndex } from './texts.ts'
import type { Uplink } from './uplink.ts'

/** In the order of `StatValues.buckets`. */
const BUCKETS = [
  'bucket5',
  'bucket10',
  'bucket50',
  'bucket100',
  'bucket200',
  'bucket500',
  'bucket1000',
  'bucket2000',
  'bucket3000',
  'bucketInf',
] as const

/** What sorts the keys, so that neighbours are alike; also their identity. */
export function statKeyText(key: StatKey): string {
  const place = `${key.callee}\0${key.interface}\0${key.caller}\0${key.side}\0${key.calleeIp}`
  const rest = `${key.calleePort}\0${key.callerIp}\0${key.returnCode}\0${key.set}\0${key.version}`
  return `${place}\0${rest}\0${key.spanMs}`
}

export function textsOfStatKey(key: StatKey): string[] {
  const { callee, interface: name, caller, calleeIp, callerIp, set, version } = key
  return [callee, name, caller, calleeIp, callerIp, set, version]
}

export function encodeStatKeys(keys: readonly StatKey[], texts: TextIndex): Uplink['statKeys'] {
  const index = (text: string) => texts.get(text) ?? 0
  return encodeTable(keys, {
    callee: (key) => index(key.callee),
    interface: (key) => index(key.interface),
    caller: (key) => index(key.caller),
    side: (key) => (key.side === 'client' ? 0 : 1),
    calleeIp: (key) => index(key.calleeIp),
    calleePort: (key) => key.calleePort,
    callerIp: (key) => index(key.callerIp),
    returnCode: (key) => key.returnCode,
    set: (key) => index(key.set),
    version: (key) => index(key.version),
    spanMs: (key) => key.spanMs,
  })
}

export function decodeStatKeys(
  table: Uplink['statKeys'],
  texts: readonly string[],
  limits: BatchLimits,
): StatKey[] {
  const read = new TableReader('statKeys', table, limits)
  const callee = read.texts('callee', texts)
  const name = read.texts('interface', texts)
  const caller = read.texts('caller', texts)
  const side = read.integers('side', 0, 1)
  const calleeIp = read.texts('calleeIp', texts)
  const calleePort = read.integers('calleePort', 0, 65_535)
  const callerIp = read.texts('callerIp', texts)
  const returnCode = read.integers('returnCode', -(2 ** 31), 2 ** 31 - 1)
  const set = read.texts('set', texts)
  const version = read.texts('version', texts)
  const spanMs = read.integers('spanMs', 1, 2 ** 31)
  return read.map((row) => ({
    callee: callee(row),
    interface: name(row),
    caller: caller(row),
    calleeIp: calleeIp(row),
    calleePort: calleePort[row] ?? 0,
    callerIp: callerIp(row),
    returnCode: returnCode[row] ?? 0,
    set: set(row),
    version: version(row),
    side: side[row] === 0 ? 'client' : 'server',
    spanMs: spanMs[row] ?? 0,
  }))
}

/** `keyIndexes`: of each row's key. */
export function encodeStatRows(
  rows: readonly StatRow[],
  keyIndexes: readonly number[],
): Uplink['statRows'] {
  const values = rows.map((row) => row.values)
  const bucket = (at: number) => encodeValues(values.map(({ buckets }) => buckets[at] ?? 0))
  // Most calls are in a bucket or have failed.
  const expected = values.map(({ timeouts, exceptions, buckets }) =>
    buckets.reduce((sum, count) => sum + count, timeouts + exceptions),
  )
  return {
    rows: rows.length,
    key: encodeSteps(keyIndexes),
    timeouts: encodeValues(values.map(({ timeouts }) => timeouts)),
    exceptions: encodeValues(values.map(({ exceptions }) => exceptions)),
    bucket5: bucket(0),
    bucket10: bucket(1),
    bucket50: bucket(2),
    bucket100: bucket(3),
    bucket200: bucket(4),
    bucket500: bucket(5),
    bucket1000: bucket(6),
    bucket2000: bucket(7),
    bucket3000: bucket(8),
    bucketInf: bucket(9),
    calls: encodeSurprises(
      values.map(({ calls }) => calls),
      expected,
    ),
    durationSumMs: encodeValues(values.map(({ durationSumMs }) => durationSumMs)),
    durationMaxMs: encodeValues(values.map(({ durationMaxMs }) => durationMaxMs)),
  }
}

export function decodeStatRows(
  table: Uplink['statRows'],
  keys: readonly StatKey[],
  limits: BatchLimits,
): StatRow[] {
  const read = new TableReader('statRows', table, limits)
  const keyIndex = read.integers('key', 0, keys.length - 1)
  const timeouts = read.values('timeouts')
  const exceptions = read.values('exceptions')
  const buckets = BUCKETS.map((name) => read.values(name))
  const calls = read.values('calls', () => sumOf([timeouts, exceptions, ...buckets], read.rows))
  const durationSum = read.values('durationSumMs')
  const durationMax = read.values('durationMaxMs')
  return read.map((row) => {
    const key = keys[keyIndex[row] ?? 0]
    if (!key) throw malformed('a row of statistics without key')
    return {
      key,
      values: {
        calls: calls[row] ?? 0,
        timeouts: timeouts[row] ?? 0,
        exceptions: exceptions[row] ?? 0,
        durationSumMs: durationSum[row] ?? 0,
        durationMaxMs: durationMax[row] ?? 0,
        buckets: buckets.map((counts) => counts[row] ?? 0),
      },
    }
  })
}

function sumOf(columns: readonly Float64Array[], rows: number): Float64Array {
  const sum = new Float64Array(rows)
  for (const column of columns) {
    for (let row = 0; row < rows; row++) sum[row] = (sum[row] ?? 0) + (column[row] ?? 0)
  }
  return sum
}
