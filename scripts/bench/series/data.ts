/**
 * What all that are compared receive: R stat records of 15 values each, one sample a minute, and the queues
 * of 240 nodes. 60 servers, few of which have most of the traffic; latencies lognormal; traffic by the
 * time of day. The same for the same number of a minute, in every run.
 */
import { LATENCY_BOUNDS_MS, type StatKey } from '../../../src/model/stat.ts'
import { randomOf } from '../peers/reports.ts'

/** Of a record: calls, timeouts, exceptions, sum and maximum of the duration, ten buckets (cumulative). */
export const VALUES = 15
export const MINUTE_MS = 60_000
export const DAY_MINUTES = 1_440
export const NODES = 240
const SERVERS = 60
const NODES_OF_SERVER = NODES / SERVERS
const INTERFACES = 'getUser setUser listItems createOrder queryOrder push auth heartbeat'.split(' ')
const RETURN_CODES = [0, -1, -7]

export interface RecordModel {
  readonly key: StatKey
  /** Calls a minute at full traffic. */
  readonly base: number
  readonly meanMs: number
  /** Share of the calls below each bound. */
  readonly shares: readonly number[]
}

export interface QueueModel {
  /** `App.Server`. */
  readonly module: string
  readonly ip: string
}

/** All samples of one instant. */
export interface Minute {
  readonly endMs: number
  /** `VALUES` of each record, one record behind the other. */
  readonly values: Float64Array
  /** A value of each node. */
  readonly queues: Float64Array
}

export interface Model {
  readonly records: readonly RecordModel[]
  readonly queues: readonly QueueModel[]
  /** The minute numbered `number` of the data, stamped `endMs`. */
  minute(number: number, endMs: number): Minute
}

export function modelOf(count: number, seed = 1): Model {
  const records = recordsOf(count, seed)
  const queues = Array.from({ length: NODES }, (_, node) => ({
    module: serverName(Math.floor(node / NODES_OF_SERVER)),
    ip: nodeIp(node),
  }))
  return {
    records,
    queues,
    minute(number, endMs) {
      const values = new Float64Array(records.length * VALUES)
      for (const [index, record] of records.entries()) fill(record, index, number, values)
      const lengths = queues.map((_, node) => Math.round(20 * hash01(node, number)))
      return { endMs, values, queues: Float64Array.from(lengths) }
    },
  }
}

function recordsOf(count: number, seed: number): RecordModel[] {
  const random = randomOf(seed)
  const below = (limit: number) => Math.floor(random() * limit)
  const ranked = zipf(SERVERS, 0.8, random)
  const records = new Map<string, RecordModel>()
  for (let tries = 0; records.size < count; tries++) {
    // Popular servers run out of distinct keys.
    const callee = tries % 20 === 19 ? below(SERVERS) : ranked()
    const [caller, outcome] = [below(SERVERS), random()]
    const kind = outcome < 0.8 ? 0 : outcome < 0.9 ? 1 : 2
    const key = {
      callee: serverName(callee),
      interface: INTERFACES[below(INTERFACES.length)] ?? '',
      calleeIp: nodeIp(callee * NODES_OF_SERVER + below(NODES_OF_SERVER)),
      calleePort: 10_000 + callee,
      caller: serverName(caller),
      callerIp: nodeIp(caller * NODES_OF_SERVER + below(NODES_OF_SERVER)),
      returnCode: RETURN_CODES[kind] ?? 0,
      ...{ set: '', version: '', side: 'client' as const, spanMs: MINUTE_MS },
    }
    const id = Object.values(key).join(' ')
    if (records.has(id)) continue
    const mu = Math.log(4 + random() * 60)
    const sigma = 0.6 + random() * 0.5
    const traffic = (60_000 / (1 + below(count)) ** 0.75) * (kind === 0 ? 1 : 0.01)
    const shares = LATENCY_BOUNDS_MS.map((bound) => normal((Math.log(bound) - mu) / sigma))
    records.set(id, {
      ...{ key, base: Math.max(2, traffic), meanMs: Math.exp(mu + sigma ** 2 / 2) },
      shares: [...shares, 1],
    })
  }
  return [...records.values()]
}

function fill(record: RecordModel, index: number, number: number, values: Float64Array): void {
  const { base, meanMs, key, shares } = record
  const [a, b] = [hash01(index, number), hash01(index + 7_777_777, number)]
  const calls = Math.round(base * traffic(number) * (0.9 + 0.2 * a))
  const at = index * VALUES
  values[at] = calls
  values[at + 1] = key.returnCode === -7 ? calls : Math.round(calls * 0.0008 * b)
  values[at + 2] = key.returnCode === -1 ? calls : Math.round(calls * 0.001 * a)
  values[at + 3] = Math.round(calls * meanMs * (0.9 + 0.2 * b))
  values[at + 4] = calls > 0 ? Math.round(meanMs * (2 + 6 * b)) : 0
  for (const [bucket, share] of shares.entries()) {
    values[at + 5 + bucket] = Math.round(calls * share)
  }
}

/** Most of it at 15 o'clock, a tenth of that at 3. */
function traffic(minute: number): number {
  return 0.55 + 0.45 * Math.sin((2 * Math.PI * ((minute % DAY_MINUTES) - 540)) / DAY_MINUTES)
}

function serverName(server: number): string {
  return `App${server % 6}.Server${String(server).padStart(2, '0')}`
}

function nodeIp(node: number): string {
  return `10.16.${node >> 6}.${10 + (node & 63)}`
}

function zipf(limit: number, exponent: number, random: () => number): () => number {
  let sum = 0
  const upTo = Array.from({ length: limit }, (_, rank) => {
    sum += 1 / (rank + 1) ** exponent
    return sum
  })
  return () => {
    const at = random() * sum
    return upTo.findIndex((each) => each >= at)
  }
}

/** In [0, 1), by two numbers alone. */
function hash01(a: number, b: number): number {
  let hash = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b + 0x7f4a7c15, 0xc2b2ae35)
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39)
  return ((hash ^ (hash >>> 15)) >>> 0) / 2 ** 32
}

/** Share of a standard normal distribution below `x`. Source: Abramowitz and Stegun, 26.2.17. */
function normal(x: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(x))
  const tail = [0.3193815, -0.3565638, 1.781478, -1.821256, 1.330274].reduceRight(
    (sum, factor) => t * (factor + sum),
    0,
  )
  const above = 0.3989423 * Math.exp(-(x ** 2) / 2) * tail
  return x > 0 ? 1 - above : above
}
