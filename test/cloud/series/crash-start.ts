/** How long a store takes to open after `kill -9`, by what lay in its log. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { RecoveryReport } from '../../../src/cloud/series/series-store.ts'
import { SeriesStore } from '../../../src/cloud/series/series-store.ts'
import { systemClock } from '../../../src/support/clock.ts'
import { silentLog } from '../../../src/support/log.ts'
import { batch, ENVIRONMENT, stat, T0, window } from './fixture.ts'

export interface Load {
  readonly folder: string
  /** Stat records. */
  readonly records: number
  /** Since the last flush, each with a row of every record. */
  readonly windows: number
  readonly windowMs: number
}

export interface Start {
  readonly report: RecoveryReport
  /** Of the process that opened it. */
  readonly maxRssBytes: number
  readonly cpuMs: number
}

const RECORDS_OF_AGENT = 2000
const SCRIPT = fileURLToPath(import.meta.url)

/** Fills a store, which is killed, and opens it in a process of its own. */
export async function startAfterKill(load: Load): Promise<Start> {
  const killed = await run('fill', load)
  assert.equal(killed.signal, 'SIGKILL', killed.said)
  const opened = await run('open', load)
  assert.equal(opened.code, 0, opened.said)
  return JSON.parse(opened.told)
}

async function run(what: 'fill' | 'open', load: Load) {
  const child = spawn(process.execPath, [SCRIPT, what, JSON.stringify(load)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const closed = once(child, 'close')
  const [told, said] = await Promise.all([text(child.stdout), text(child.stderr)])
  const [code, signal] = await closed
  return { code, signal, told, said }
}

const [, script, what, load] = process.argv
if (script === SCRIPT) {
  if (what === 'fill') await fill(JSON.parse(load ?? ''))
  else await open(JSON.parse(load ?? ''))
}

/** One window is flushed, the others are in the log. */
async function fill({ folder, records, windows, windowMs }: Load): Promise<void> {
  const flushEveryMs = (windows + 2) * windowMs
  const flushBytes = Infinity
  const store = await openStore(folder, { flushEveryMs, flushBytes })
  const keys = Array.from({ length: records }, (_, at) => ({
    callee: `App.Service${at % 60}Server`,
    interface: `method${at % 100}`,
    caller: `App.Gate${Math.floor(at / 100)}Server`,
    callerIp: `10.1.0.${Math.floor(at / 100) % 250}`,
  }))
  for (let number = 0; number <= windows; number++) {
    const endMs = T0 + number * windowMs
    for (let from = 0, agent = 1; from < records; from += RECORDS_OF_AGENT, agent++) {
      const stats = keys
        .slice(from, from + RECORDS_OF_AGENT)
        .map((key, at) => stat(key, { calls: (at * 7 + number * 13) % 500 }))
      const id = { agent: String(agent).padStart(32, '0'), seq: number + 1 }
      const one = window({ endMs, lengthMs: windowMs, stats })
      await store.append(ENVIRONMENT, batch(id, [one]), endMs)
    }
    if (number === 0) await store.flush(ENVIRONMENT)
  }
  process.kill(process.pid, 'SIGKILL')
}

async function open({ folder }: Load): Promise<void> {
  const store = await openStore(folder, {})
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage()
  const start: Start = {
    report: store.report,
    maxRssBytes: maxRSS * 1024,
    cpuMs: (userCPUTime + systemCPUTime) / 1000,
  }
  await store.close()
  process.stdout.write(JSON.stringify(start))
}

function openStore(folder: string, limits: { flushEveryMs?: number; flushBytes?: number }) {
  return SeriesStore.open({ folder, clock: systemClock, log: silentLog, ...limits })
}
