/** Synthetic but realistic traffic: 60 services, Zipf, the same for the same seed. */
import { LATENCY_BUCKETS, type StatKey, type StatRow } from '../../src/model/stat.ts'
import type { Batch } from '../../src/wire/batch.ts'

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

const SERVICES = 60
const NODES = 53

/** `count` different keys. */
export function statKeys(count: number, seed = 1): StatKey[] {
  const random = randomOf(seed)
  const pick = (n: number) => Math.floor(n * random() ** 2)
  const service = (n: number) => `App${n % 7}.Service${n}Server`
  const ip = (n: number) => `10.12.${n % 4}.${10 + n}`
  const keys = new Map<string, StatKey>()
  while (keys.size < count) {
    const callee = pick(SERVICES)
    const client = random() < 0.6
    const key: StatKey = {
      callee: service(callee),
      interface: `method${pick(6)}`,
      caller: client ? service(pick(SERVICES)) : 'stat_from_server',
      calleeIp: ip((callee * 7 + pick(4)) % NODES),
      calleePort: client ? 18_000 + callee : 0,
      callerIp: client ? ip(pick(NODES)) : '',
      returnCode: random() < 0.95 ? 0 : -1 - pick(8),
      set: '',
      version: '3.0.20',
      side: client ? 'client' : 'server',
      spanMs: 10_000,
    }
    keys.set(JSON.stringify(key), key)
  }
  return [...keys.values()]
}

/** One window of every key: `callsInAll` calls, Zipf over the keys. */
export function statRows(keys: readonly StatKey[], callsInAll: number, seed = 1): StatRow[] {
  const random = randomOf(seed)
  const harmonic = Math.log(keys.length) + 0.58
  return keys.map((key, rank) => {
    const mean = callsInAll / (harmonic * (rank + 1))
    const calls = Math.max(1, Math.round(mean * (0.8 + 0.4 * random())))
    const timeouts = random() < 0.03 ? Math.floor(random() * calls * 0.05) : 0
    const exceptions = key.returnCode === 0 ? 0 : calls - timeouts
    const timed = calls - timeouts - exceptions
    const buckets = spread(timed, Math.floor(random() * 3), random)
    const meanMs = 2 + random() * 40
    return {
      key,
      values: {
        ...{ calls, timeouts, exceptions, buckets },
        durationSumMs: Math.round(timed * meanMs),
        durationMaxMs: timed === 0 ? 0 : Math.round(meanMs * (1 + random() * 8)),
      },
    }
  })
}

function spread(calls: number, centre: number, random: () => number): number[] {
  const buckets = new Array<number>(LATENCY_BUCKETS).fill(0)
  let rest = calls
  for (let bucket = centre; bucket < LATENCY_BUCKETS && rest > 0; bucket++) {
    const share = bucket === LATENCY_BUCKETS - 1 ? rest : Math.round(rest * (0.6 + 0.4 * random()))
    buckets[bucket] = share
    rest -= share
  }
  buckets[centre] = (buckets[centre] ?? 0) + rest
  return buckets
}

export const AGENT = 'a1b2c3d4e5f60718293a4b5c6d7e8f90'
export const EPOCH = '0123456789abcdef'

/** A batch that holds nothing but what `parts` says. */
export function batchOf(parts: Partial<Batch> & { seq?: number } = {}): Batch {
  const { seq = 1, ...rest } = parts
  return {
    id: { agent: AGENT, epoch: EPOCH, seq },
    agent: { host: 'node-1', version: '0.1.0', startedAt: 1_760_000_000_000 },
    madeAt: 1_760_000_010_050,
    windows: [],
    events: [],
    unknown: [],
    ...rest,
  }
}
