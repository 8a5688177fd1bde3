/** Call statistics as columns: keys once a batch, rows of all windows one after the other. */
import type { StatKey, StatRow } from '../model/stat.ts'
import { encodeSteps, encodeSurprises, encodeValues } from './column.ts'
import { StatColumns, type StatKeyColumns, StatKeys } from './stat-columns.ts'
import { type Decoding, TableReader } from './table.ts'
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

export function textsOfStatKey(key: StatKey): string[] {
  const { callee, interface: name, caller, calleeIp, callerIp, set, version } = key
  return [callee, name, caller, calleeIp, callerIp, set, version]
}

/** The columns of `StatKeys` in `protocol/Uplink.tars`, in its order. */
export function statKeyColumns(keys: readonly StatKey[], texts: TextIndex): Float64Array[] {
  const index = (text: string) => texts.get(text) ?? 0
  const column = (of: (key: StatKey) => number) => new Float64Array(keys.map(of))
  return [
    column((key) => index(key.callee)),
    column((key) => index(key.interface)),
    column((key) => index(key.caller)),
    column((key) => (key.side === 'client' ? 0 : 1)),
    column((key) => index(key.calleeIp)),
    column((key) => key.calleePort),
    column((key) => index(key.callerIp)),
    column((key) => key.returnCode),
    column((key) => index(key.set)),
    column((key) => index(key.version)),
    column((key) => key.spanMs),
  ]
}

export function encodeStatKeys(columns: readonly Float64Array[]): Uplink['statKeys'] {
  const column = (at: number) => encodeSteps(columns[at] ?? [])
  return {
    rows: columns[0]?.length ?? 0,
    callee: column(0),
    interface: column(1),
    caller: column(2),
    side: column(3),
    calleeIp: column(4),
    calleePort: column(5),
    callerIp: column(6),
    returnCode: column(7),
    set: column(8),
    version: column(9),
    spanMs: column(10),
  }
}

/** @throws {WireError} */
export function decodeStatKeys(
  table: Uplink['statKeys'],
  texts: readonly string[],
  decoding: Decoding,
): StatKeys {
  const read = new TableReader('statKeys', table, decoding)
  const text = (name: keyof StatKeyColumns['texts']) => read.integers(name, 0, texts.length - 1)
  return new StatKeys({
    length: read.rows,
    dictionary: texts,
    texts: {
      callee: text('callee'),
      interface: text('interface'),
      caller: text('caller'),
      calleeIp: text('calleeIp'),
      callerIp: text('callerIp'),
      set: text('set'),
      version: text('version'),
    },
    numbers: {
      side: read.integers('side', 0, 1),
      calleePort: read.integers('calleePort', 0, 65_535),
      returnCode: read.integers('returnCode', -(2 ** 31), 2 ** 31 - 1),
      spanMs: read.integers('spanMs', 1, 2 ** 31),
    },
  })
}

/** `keyIndexes`: of each row's key. */
export function encodeStatRows(
  rows: readonly StatRow[],
  keyIndexes: readonly number[],
): Uplink['statRows'] {
  const column = () => new Float64Array(rows.length)
  const [timeouts, exceptions, calls, expected] = [column(), column(), column(), column()]
  const [durationSumMs, durationMaxMs] = [column(), column()]
  const buckets = BUCKETS.map(column)
  for (const [row, { values }] of rows.entries()) {
    calls[row] = values.calls
    timeouts[row] = values.timeouts
    exceptions[row] = values.exceptions
    durationSumMs[row] = values.durationSumMs
    durationMaxMs[row] = values.durationMaxMs
    // Most calls are in a bucket or have failed.
    let sum = values.timeouts + values.exceptions
    for (let at = 0; at < buckets.length; at++) {
      const count = values.buckets[at] ?? 0
      ;(buckets[at] as Float64Array)[row] = count
      sum += count
    }
    expected[row] = sum
  }
  const named = Object.fromEntries(
    BUCKETS.map((name, at) => [name, encodeValues(buckets[at] ?? [])]),
  )
  return {
    rows: rows.length,
    key: encodeSteps(keyIndexes),
    timeouts: encodeValues(timeouts),
    exceptions: encodeValues(exceptions),
    ...(named as Record<(typeof BUCKETS)[number], Buffer>),
    calls: encodeSurprises(calls, expected),
    durationSumMs: encodeSurprises(durationSumMs, likelySums(buckets, column())),
    durationMaxMs: encodeSurprises(durationMaxMs, likelyMaxima(buckets, column())),
  }
}

/** The rows of all windows. @throws {WireError} */
export function decodeStatRows(
  table: Uplink['statRows'],
  keys: StatKeys,
  decoding: Decoding,
): StatColumns {
  const read = new TableReader('statRows', table, decoding)
  const keyIndexes = read.integers('key', 0, keys.length - 1)
  const timeouts = read.values('timeouts')
  const exceptions = read.values('exceptions')
  const buckets = BUCKETS.map((name) => read.values(name))
  const calls = read.values('calls', () => sumOf([timeouts, exceptions, ...buckets], read.zeros()))
  const durationSum = read.values('durationSumMs', () => likelySums(buckets, read.zeros()))
  const durationMax = read.values('durationMaxMs', () => likelyMaxima(buckets, read.zeros()))
  const values = [calls, timeouts, exceptions, durationSum, durationMax, ...buckets]
  return new StatColumns(keys, keyIndexes, values)
}

/** Adds the columns to `sum`. */
function sumOf(columns: readonly Float64Array[], sum: Float64Array): Float64Array {
  for (const column of columns) {
    for (let row = 0; row < sum.length; row++) {
      sum[row] = (sum[row] as number) + (column[row] as number)
    }
  }
  return sum
}

/** Where calls of a bucket begin and lie on the whole, ms: numbers of the wire, never change them. */
const BUCKET_STARTS_MS = [0, 5, 10, 50, 100, 200, 500, 1000, 2000, 3000]
const BUCKET_MIDDLES_MS = [2, 7, 30, 75, 150, 350, 750, 1500, 2500, 3000]

/** As if every call took the middle of its bucket. `sums`: zeros. */
function likelySums(buckets: readonly Float64Array[], sums: Float64Array): Float64Array {
  for (const [at, counts] of buckets.entries()) {
    const middleMs = BUCKET_MIDDLES_MS[at] as number
    for (let row = 0; row < sums.length; row++) {
      sums[row] = (sums[row] as number) + (counts[row] as number) * middleMs
    }
  }
  return sums
}

/** As if the slowest call took the least of its bucket. */
function likelyMaxima(buckets: readonly Float64Array[], maxima: Float64Array): Float64Array {
  for (let row = 0; row < maxima.length; row++) {
    // Most are found after a few steps.
    let at = buckets.length - 1
    while (at > 0 && !(((buckets[at] as Float64Array)[row] as number) > 0)) at--
    maxima[row] = BUCKET_STARTS_MS[at] as number
  }
  return maxima
}
