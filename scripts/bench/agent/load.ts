/** What the real agent costs under the load of a framework, at its real pace. */
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as passed } from 'node:timers/promises'
import { StopList } from '../../../src/support/stop-list.ts'
import type { BatchAnswer } from '../../../src/wire/index.ts'
import { median } from '../../bench-checks.ts'
import { tarsConfig } from '../../demo/app/tars-config.ts'
import { freePorts, type Started, startProcess, stopAll } from '../../demo/processes.ts'
import { openSink } from './sink.ts'

const CLI = new URL('../../../src/cli/main.ts', import.meta.url).pathname
const REPORTERS = new URL('../peers/reporters.ts', import.meta.url).pathname
const IDLE_MS = 12_000
const SAMPLE_MS = 1_000
/** Of `/proc/…/stat`. */
const TICKS_A_SECOND = 100

export interface LoadOptions {
  readonly recordsAMinute: number
  /** All report so many times as often. */
  readonly speed: number
  readonly forMs: number
  /** So much of it is not counted as CPU: code that is new to V8 takes many times as long. */
  readonly warmMs: number
  /** Told each sample. */
  readonly onSample?: (sample: Sample) => void
}

export interface Sample {
  readonly atMs: number
  readonly rssMb: number
  /** Since the load began. */
  readonly cpuSeconds: number
}

/** RSS above idle is the highest of the whole time. */
export async function measureLoad(options: LoadOptions) {
  const { recordsAMinute, speed, forMs, warmMs, onSample } = options
  const stop = new StopList()
  try {
    const cloud = await openCloud(stop)
    const { agent, port } = await startAgent(cloud.url, stop)
    await passed(IDLE_MS / 2)
    const idleFrom = cpuSecondsOf(agent)
    await passed(IDLE_MS / 2)
    const idleCpuPercent = (100 * (cpuSecondsOf(agent) - idleFrom)) / (IDLE_MS / 2 / 1_000)
    const idleMb = residentMb(agent)
    const args = [port, recordsAMinute, speed].map(String)
    const reporters = await startProcess('reporters', REPORTERS, { args })
    stop.push('reporters', () => stopAll([reporters], 1_000))
    const cpuFrom = cpuSecondsOf(agent)
    const from = performance.now()
    const samples: Sample[] = []
    for (let next = SAMPLE_MS; next <= forMs; next += SAMPLE_MS) {
      await passed(from + next - performance.now())
      const cpuSeconds = cpuSecondsOf(agent) - cpuFrom
      const sample = { atMs: performance.now() - from, rssMb: residentMb(agent), cpuSeconds }
      samples.push(sample)
      onSample?.(sample)
    }
    const { sent } = (await ask(reporters, {})) as { sent: number }
    const { status } = (await ask(agent, { status: true })) as { status: AgentSays }
    const rss = samples.map(({ rssMb }) => rssMb)
    return {
      cpuPercent: cpuPercentOf(samples.filter(({ atMs }) => atMs >= warmMs)),
      cpu_percent_while_warming: cpuPercentOf(samples.filter(({ atMs }) => atMs <= warmMs)),
      grownMb: Math.max(...rss) - idleMb,
      grown_median_mb: median(rss) - idleMb,
      idle: { rss_mb: idleMb, cpu_percent: idleCpuPercent },
      sent,
      taken: status.windows.statRows,
      folded: status.windows.stat.folded,
      cloud: cloud.got,
      samples,
    }
  } finally {
    await stop.stop()
  }
}

function cpuPercentOf(samples: readonly Sample[]): number {
  const [first, last] = [samples[0], samples.at(-1)]
  if (!first || !last) return Number.NaN
  return (100_000 * (last.cpuSeconds - first.cpuSeconds)) / (last.atMs - first.atMs)
}

interface AgentSays {
  readonly windows: { readonly statRows: number; readonly stat: { readonly folded: number } }
}

/** Takes every batch, and does nothing with it. */
async function openCloud(stop: StopList) {
  const got = { batches: 0, bytes: 0 }
  const server = createServer((request, response) => {
    let bytes = 0
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
    })
    request.on('end', () => {
      if (request.url?.endsWith('/batches')) {
        got.batches++
        got.bytes += bytes
      }
      const taken: BatchAnswer = { applied: true, serverTimeMs: Date.now() }
      const heartbeat = { framework: 'TARSFramework', lease: null, batchVersions: [1] }
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ ...heartbeat, ...taken }))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  stop.push('cloud', async () => {
    server.closeAllConnections()
    server.close()
  })
  return { got, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

/** As tarsnode would, with a TARS config and its AgentServer.conf; what it forwards is taken, too. */
async function startAgent(cloudUrl: string, stop: StopList) {
  const folder = mkdtempSync(join(tmpdir(), 'tars-alarm-load-'))
  stop.push('folder', async () => rmSync(folder, { recursive: true, force: true }))
  const [stat = 0, property = 0, notify = 0] = await freePorts(3)
  const tarsFile = join(folder, 'Alarm.AgentServer.config.conf')
  mkdirSync(join(folder, 'data'))
  writeFileSync(
    tarsFile,
    tarsConfig({
      ...{ app: 'Alarm', server: 'AgentServer', folder, reportIntervalMs: 60_000 },
      ports: { stat: await openSink(stop), property, notify },
      adapters: {
        'Alarm.AgentServer.StatObj': stat,
        'Alarm.AgentServer.PropertyObj': property,
        'Alarm.AgentServer.NotifyObj': notify,
      },
    }),
  )
  const config = join(folder, 'AgentServer.conf')
  const envKey = `bench${'0'.repeat(40)}`
  writeFileSync(
    config,
    `<main>\n  env_key=${envKey}\n  cloud_url=${cloudUrl}\n  log_level=warn\n</main>\n`,
  )
  const args = ['agent', '--config', config]
  const agent = await startProcess('agent', CLI, { args, env: { TARS_CONFIG: tarsFile } })
  stop.push('agent', () => stopAll([agent], 5_000))
  return { agent, port: stat }
}

function cpuSecondsOf({ child }: Started): number {
  const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND
}

export function residentMb({ child }: Started): number {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024
}

function ask({ child }: Started, message: object): Promise<unknown> {
  return new Promise((resolve) => {
    child.once('message', resolve)
    child.send(message)
  })
}
