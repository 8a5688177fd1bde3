/**
 * What the agent costs on its way from a report to the window, against what a servant of generated code
 * costs: ratios of one run, medians of several rounds in turn; and what a record takes on the wire.
 */
import { createRequire } from 'node:module'
import { gzipSync } from 'node:zlib'
import { SubscribeFeed } from '../../src/agent/feeds/subscribe.ts'
import { DEFAULT_WINDOW, type WindowLimits, Windows } from '../../src/agent/window/windows.ts'
import type { StatRow } from '../../src/model/stat.ts'
import { silentLog } from '../../src/support/log.ts'
import { StopList } from '../../src/support/stop-list.ts'
import { StatF, StatMicMsgBody, StatMicMsgHead } from '../../src/tars/idl/stat-f.ts'
import { decodePacket } from '../../src/tars/packet.ts'
import type { Call } from '../../src/tars/servant.ts'
import { encodeBatch } from '../../src/wire/index.ts'
import { type Bench, check, median, notRun } from '../bench-checks.ts'
import { freePorts, type Started, startProcess, stopAll } from '../demo/processes.ts'
import { packetsOf } from './peers/reports.ts'

const KEYS = 20_000
const ROUNDS = 5
const START_MS = 1_800_000_000_000
/** What a framework of this size reports a minute. */
const RECORDS_A_MINUTE = 14_500
const TINY_HEADS = 30_000

const peer = (file: string) => new URL(`peers/${file}`, import.meta.url).pathname
const { decode: readMap } = createRequire(import.meta.url)('./peers/read-map.cjs') as {
  decode(body: Buffer): number
}

export const bench: Bench = async (note) => {
  note('decode and aggregate in one process')
  const decoding = measureDecoding()
  const holdMs = measureHold(0)
  // Beyond the budget of keys: folded, too.
  const holdWithCallsMs = measureHold(1)
  const large = await measureServers(200, note)
  const small = await measureServers(8, note)
  note('bytes on the wire')
  const bytes = measureBytes()
  const perMinute = 'B/record of JSON and gzip to ours, one minute'
  const why = 'no encoder of snappy among the dependencies'
  return {
    checks: [
      check('decode + aggregate to readMap, 200 heads', decoding.ratio, 'x', '>= 30'),
      check('server over TCP to readMap, 200 heads', large.ratio, 'x', '>= 25'),
      check('server over TCP to readMap, 8 heads', small.ratio, 'x', '>= 9'),
      check('event loop held by 30,000 tiny heads', holdMs, 'ms', '<= 15'),
      check(perMinute, bytes.json / bytes.minute, 'x', '>= 2.5'),
      check('record at 10 s windows', bytes.window, 'B', '<= 14'),
      notRun('B/record of remote write 1.0 to ours', 'x', '>= 28', why),
      notRun('B/record of remote write 2.0 to ours', 'x', '>= 13', why),
    ],
    raw: {
      hold_ms_with_a_call_each: holdWithCallsMs,
      decoding,
      large,
      small,
      bytes_per_record: bytes,
    },
  }
}

/** Records a CPU second of this thread. The second figure is of windows in which each key is met once. */
function measureDecoding() {
  const bodies = packetsOf({ keys: KEYS, heads: 200 }).map((packet) => decodePacket(packet).body)
  const agent = newAgent()
  let at = START_MS
  const take = () => {
    for (const body of bodies) agent.take(body, at)
  }
  const takeAnew = () => {
    at += DEFAULT_WINDOW.lengthMs
    take()
  }
  const readAll = () => {
    for (const body of bodies) readMap(body)
  }
  for (let i = 0; i < 30; i++) takeAnew()
  readAll()
  const rates = { agent: [] as number[], agentOnce: [] as number[], readMap: [] as number[] }
  for (let round = 0; round < ROUNDS; round++) {
    rates.agent.push((20 * KEYS) / cpuSeconds(() => repeat(20, take)))
    rates.agentOnce.push((20 * KEYS) / cpuSeconds(() => repeat(20, takeAnew)))
    rates.readMap.push(KEYS / cpuSeconds(readAll))
  }
  const ratio = median(rates.agent) / median(rates.readMap)
  const ratioOnce = median(rates.agentOnce) / median(rates.readMap)
  return { ratio, ratio_each_key_once_a_window: ratioOnce, records_per_s: rates }
}

/** CPU ms for a report whose every head is new and tiny, and counts `calls`, from its body to the window. */
function measureHold(calls: number): number {
  const body = { ...StatMicMsgBody.zero(), count: calls }
  const report = StatF.reportMicMsg.request.encode({
    msg: Array.from(
      { length: TINY_HEADS },
      (_, slavePort) => [{ ...StatMicMsgHead.zero(), slavePort }, body] as const,
    ),
    bFromClient: true,
  })
  const times = Array.from({ length: 3 * ROUNDS }, () => {
    const agent = newAgent()
    return 1_000 * cpuSeconds(() => agent.take(report, START_MS))
  })
  return median(times.slice(ROUNDS))
}

/** Records a CPU second of the server's process, and of the clock, for both servers in turn. */
async function measureServers(heads: number, note: (text: string) => void) {
  note(`servers over TCP, ${heads} heads a packet`)
  const stop = new StopList()
  try {
    const agent = await startServer('agent-server.ts', heads, stop)
    const plain = await startServer('read-map-server.cjs', heads, stop)
    await agent.run(30)
    await plain.run(1)
    const rates = { agent: [] as Rate[], readMap: [] as Rate[] }
    for (let round = 0; round < ROUNDS; round++) {
      rates.agent.push(await agent.run(40))
      rates.readMap.push(await plain.run(2))
    }
    const ratioOf = (by: keyof Rate) =>
      median(rates.agent.map((rate) => rate[by])) / median(rates.readMap.map((rate) => rate[by]))
    return { ratio: ratioOf('cpu'), ratio_by_clock: ratioOf('clock'), records_per_s: rates }
  } finally {
    await stop.stop()
  }
}

interface Rate {
  readonly cpu: number
  readonly clock: number
}

async function startServer(file: string, heads: number, stop: StopList) {
  const [port] = await freePorts(1)
  const server = await startProcess(file, peer(file), { args: [`${port}`] })
  stop.push(file, () => stopAll([server], 1_000))
  const args = [`${port}`, `${KEYS}`, `${heads}`]
  const load = await startProcess('load', peer('load.ts'), { args })
  stop.push('load', () => stopAll([load], 1_000))
  return {
    async run(rounds: number): Promise<Rate> {
      const before = (await ask(server, {})) as Used
      const { ms } = (await ask(load, { rounds })) as { ms: number }
      const after = (await ask(server, {})) as Used
      const cpuSeconds =
        (after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system) / 1e6
      return { cpu: (rounds * KEYS) / cpuSeconds, clock: (rounds * KEYS) / (ms / 1_000) }
    },
  }
}

interface Used {
  readonly cpu: NodeJS.CpuUsage
}

function ask({ child }: Started, message: object): Promise<unknown> {
  return new Promise((resolve) => {
    child.once('message', resolve)
    child.send(message)
  })
}

/** Bytes a record: of a window of a minute, of 10 s, and of the first as JSON with gzip. */
function measureBytes() {
  const minute = windowOf(RECORDS_A_MINUTE, 60_000)
  const short = Math.round(RECORDS_A_MINUTE / 6)
  return {
    minute: bytesOf(minute, 60_000) / minute.length,
    window: bytesOf(windowOf(short, 10_000), 10_000) / short,
    json: gzipSync(JSON.stringify(minute)).length / minute.length,
  }
}

function windowOf(keys: number, lengthMs: number): readonly StatRow[] {
  const agent = newAgent({ ...DEFAULT_WINDOW, lengthMs })
  for (const packet of packetsOf({ keys, heads: 8 }))
    agent.take(decodePacket(packet).body, START_MS)
  return agent.windows.close(START_MS + lengthMs).windows[0]?.stats ?? []
}

function bytesOf(stats: readonly StatRow[], lengthMs: number): number {
  return encodeBatch({
    id: { agent: '0'.repeat(32), epoch: '0'.repeat(16), seq: 1 },
    agent: { host: '10.0.0.1', version: '0.1.0', startedAt: START_MS },
    madeAt: START_MS + lengthMs,
    windows: [{ endMs: START_MS + lengthMs, lengthMs, stats, properties: [] }],
    events: [],
    unknown: [],
  }).length
}

/** Feed and windows as in the agent, without sockets. */
function newAgent(limits: WindowLimits = DEFAULT_WINDOW) {
  const windows = new Windows(limits, START_MS)
  let now = START_MS
  const feed = new SubscribeFeed({
    intake: {
      stat: (at, known, values) => windows.addStat(at, known, values),
      property: () => {},
      event: async () => {},
    },
    now: () => now,
    log: silentLog,
  })
  const report = feed.servants('Alarm.AgentServer')[0]?.functions.reportMicMsg
  return {
    windows,
    take(body: Buffer, at: number): void {
      now = at
      if (at >= windows.nextEndMs) windows.close(at)
      report?.(body, CALL)
    },
  }
}

const CALL: Call = {
  functionName: 'reportMicMsg',
  servantName: 'tars.tarsstat.StatObj',
  host: '10.0.0.1',
  port: 40_000,
  transport: 'tcp',
  context: new Map([['node_name', '10.0.0.1']]),
  oneWay: true,
  respond: () => {},
  respondError: () => {},
}

function cpuSeconds(run: () => void): number {
  const before = process.threadCpuUsage()
  run()
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1e6
}

function repeat(times: number, run: () => void): void {
  for (let i = 0; i < times; i++) run()
}
