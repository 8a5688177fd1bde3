/** Reports as the C++ servers of a framework with 60 services on 240 nodes send them; the same each time. */
import { LATENCY_BOUNDS_MS } from '../../../src/model/stat.ts'
import { StatF, type StatMicMsgBody, type StatMicMsgHead } from '../../../src/tars/idl/stat-f.ts'
import { encodeRequest } from '../../../src/tars/packet.ts'

type Rec = readonly [StatMicMsgHead, StatMicMsgBody]

const SERVICES = 60
const NODES = 4
const CALLEES = 6
const INTERFACES = ['get', 'put', 'list', 'submitOrder', 'queryBalance', 'heartbeat']

/** `keys` distinct records; what they count depends on `seed`. */
export function recordsOf(keys: number, seed = 1): Rec[] {
  const random = randomOf(seed)
  return Array.from({ length: keys }, (_, at) => [headOf(at), bodyOf(at, random)])
}

/** Whole one-way packets that report `keys` records, `heads` in each. */
export function packetsOf({ keys, heads }: { keys: number; heads: number }): Buffer[] {
  const records = recordsOf(keys)
  const header = {
    sServantName: 'tars.tarsstat.StatObj',
    sFuncName: 'reportMicMsg',
    context: [['node_name', '10.0.0.1']] as const,
  }
  return Array.from({ length: Math.ceil(keys / heads) }, (_, at) => {
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
function bodyOf(at: number, random: () => number): StatMicMsgBody {
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
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
