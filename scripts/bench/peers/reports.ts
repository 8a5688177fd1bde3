/** Reports as the C++ servers of a framework with 60 services on 240 nodes send them; the same each time. */
import { LATENCY_BOUNDS_MS } from '../../../src/model/stat.ts'
import { StatF, type StatMicMsgBody, type StatMicMsgHead } from '../../../src/tars/idl/stat-f.ts'
import { encodeRequest } from '../../../src/tars/packet.ts'

export type Rec = readonly [StatMicMsgHead, StatMicMsgBody]

const SERVICES = 60
const NODES = 4
const CALLEES = 6
const INTERFACES = ['get', 'put', 'list', 'submitOrder', 'queryBalance', 'heartbeat']

const WORDS = ['get', 'set', 'Order', 'User', 'Batch', 'ById', 'List', 'Info']

/** `keys` distinct records; what they count depends on `seed`. */
export function recordsOf(keys: number, seed = 1): Rec[] {
  const random = randomOf(seed)
  return Array.from({ length: keys }, (_, at) => [headOf(at), bodyOf(at, random)])
}

/**
 * As many records of a framework nobody has drawn: services of 1 to 8 of the 240 nodes, callers and callees
 * at random, few of which have most of the traffic.
 */
export function irregularRecordsOf(keys: number, seed = 1): Rec[] {
  const random = randomOf(seed)
  const below = (limit: number) => Math.floor(random() * limit)
  /** The first is met most often. */
  const ranked = (limit: number) => Math.floor(limit ** random()) - 1
  const services = Array.from({ length: SERVICES }, (_, service) => ({
    name: serviceName(service),
    ips: Array.from(
      { length: 1 + below(2 * NODES) },
      () => `10.${below(4)}.${below(6)}.${below(10)}`,
    ),
    port: 10_000 + below(20_000),
    interfaces: Array.from({ length: 2 + below(11) }, () => `${WORDS[below(8)]}${WORDS[below(8)]}`),
  }))
  const pick = <T>(list: readonly T[], at: number) => list[at % list.length] as T
  const records = new Map<string, Rec>()
  while (records.size < keys) {
    const [caller, callee] = [pick(services, below(SERVICES)), pick(services, ranked(SERVICES + 1))]
    const head = {
      ...headOf(0),
      masterName: `${caller.name}@3.0.20`,
      slaveName: callee.name,
      interfaceName: pick(callee.interfaces, ranked(callee.interfaces.length + 1)),
      masterIp: pick(caller.ips, below(8)),
      slaveIp: pick(callee.ips, below(8)),
      slavePort: callee.port,
      returnValue: random() < 0.03 ? -1 - below(5) : 0,
    }
    const id = Object.values(head).join(' ')
    if (!records.has(id)) records.set(id, [head, bodyOf(Math.floor(97 ** random()) - 1, random)])
  }
  return [...records.values()]
}

/** Whole one-way packets that report `keys` records, `heads` in each. */
export function packetsOf({ keys, heads }: { keys: number; heads: number }): Buffer[] {
  return packetsWith(recordsOf(keys), heads)
}

/** As `node` reports them. */
export function packetsWith(records: readonly Rec[], heads: number, node = '10.0.0.1'): Buffer[] {
  const header = {
    sServantName: 'tars.tarsstat.StatObj',
    sFuncName: 'reportMicMsg',
    context: [['node_name', node]] as const,
  }
  return Array.from({ length: Math.ceil(records.length / heads) }, (_, at) => {
    const msg = records.slice(at * heads, (at + 1) * heads)
    return encodeRequest(header, StatF.reportMicMsg.request.encode({ msg, bFromClient: true }))
  })
}

/** Callers' nodes, then their callees, then the callees' nodes, then interfaces. */
function headOf(at: number): StatMicMsgHead {
  const [calleeNode, a] = [at % NODES, Math.floor(at / NODES)]
  const [name, b] = [a % INTERFACES.length, Math.floor(a / INTERFACES.length)]
  const [hop, c] = [b % CALLEES, Math.floor(b / CALLEES)]
  const [callerNode, caller] = [c % NODES, Math.floor(c / NODES)]
  const callee = (caller * 7 + hop * 11 + 1) % SERVICES
  return {
    masterName: `${serviceName(caller)}@3.0.20`,
    slaveName: serviceName(callee),
    interfaceName: INTERFACES[name] ?? '',
    masterIp: `10.${caller}.0.${callerNode}`,
    slaveIp: `10.${callee}.0.${calleeNode}`,
    slavePort: 10_000 + callee,
    returnValue: 0,
    slaveSetName: '',
    slaveSetArea: '',
    slaveSetID: '',
    tarsVersion: '',
  }
}

function serviceName(service: number): string {
  return `Shop${service % 7}.Service${service}Server`
}

/** Few services have most of the calls; a call takes some milliseconds, rarely seconds; few fail. */
export function bodyOf(at: number, random: () => number): StatMicMsgBody {
  const calls = 1 + Math.floor((24_000 * random()) / (1 + (at % 97)))
  const failures = random() < 0.05 ? 1 : 0
  const counts = LATENCY_BOUNDS_MS.map(() => 0)
  let [totalRspTime, maxRspTime] = [0, 0]
  for (let call = failures; call < calls; call++) {
    const ms = Math.floor((1 + (at % 13)) / (random() + 0.002))
    totalRspTime += ms
    maxRspTime = Math.max(maxRspTime, ms)
    const bucket = LATENCY_BOUNDS_MS.findIndex((bound) => ms <= bound)
    // 3 s and more are in no bucket.
    if (bucket >= 0) counts[bucket] = (counts[bucket] ?? 0) + 1
  }
  counts[0] = (counts[0] ?? 0) + failures
  return {
    count: calls - failures,
    timeoutCount: failures,
    execCount: 0,
    intervalCount: LATENCY_BOUNDS_MS.map((bound, bucket) => [bound, counts[bucket] ?? 0]),
    totalRspTime,
    maxRspTime,
    minRspTime: 1,
  }
}

/** Numbers in [0, 1): mulberry32. */
export function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
