/** Decoding and adding up in one process, without sockets, against `readMap` of @tars/stream. */
import { createRequire } from 'node:module'
import { SubscribeFeed } from '../../../src/agent/feeds/subscribe.ts'
import { DEFAULT_WINDOW, type WindowLimits, Windows } from '../../../src/agent/window/windows.ts'
import { silentLog } from '../../../src/support/log.ts'
import { StatF, StatMicMsgBody, StatMicMsgHead } from '../../../src/tars/idl/stat-f.ts'
import { decodePacket } from '../../../src/tars/packet.ts'
import type { Call } from '../../../src/tars/servant.ts'
import { median } from '../../bench-checks.ts'
import { packetsOf } from '../peers/reports.ts'

const KEYS = 20_000
const ROUNDS = 9
const TINY_HEADS = 30_000
const AT_ONCE = 3
/** The time of all that is made up. */
export const START_MS = 1_800_000_000_000

const { decode: readMap } = createRequire(import.meta.url)('../peers/read-map.cjs') as {
  decode(body: Buffer): number
}

/** Records a CPU second of this thread. The second figure is of windows in which each key is met once. */
export function measureDecoding() {
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
  const ratio = medianRatio(rates.agent, rates.readMap)
  const ratioOnce = medianRatio(rates.agentOnce, rates.readMap)
  return { ratio, ratio_each_key_once_a_window: ratioOnce, records_per_s: rates }
}

/** CPU ms for a report whose every head is new and tiny, and counts `calls`, from its body to the window. */
export function measureHold(calls: number): number {
  const body = { ...StatMicMsgBody.zero(), count: calls }
  const report = StatF.reportMicMsg.request.encode({
    msg: Array.from(
      { length: TINY_HEADS },
      (_, slavePort) => [{ ...StatMicMsgHead.zero(), slavePort }, body] as const,
    ),
    bFromClient: true,
  })
  // Several at once: the clock of CPU time moves on in steps of some ms.
  const times = Array.from({ length: 3 * ROUNDS }, () => {
    const agents = Array.from({ length: AT_ONCE }, () => newAgent())
    const run = () => {
      for (const agent of agents) agent.take(report, START_MS)
    }
    return (1_000 * cpuSeconds(run)) / AT_ONCE
  })
  return median(times.slice(ROUNDS))
}

/** Feed and windows as in the agent, without sockets. */
export function newAgent(limits: WindowLimits = DEFAULT_WINDOW) {
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

/** Of neighbours: what slows the machine for a while slows both. */
export function medianRatio(ours: readonly number[], theirs: readonly number[]): number {
  return median(ours.map((rate, round) => rate / (theirs[round] ?? Number.NaN)))
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
