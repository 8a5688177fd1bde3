/**
 * The composition root of `Alarm.AgentServer`. It reads as the walk:
 * servants → windows → outbox → spool → uplink.
 */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Clock, systemClock } from '../support/clock.ts'
import { Failure } from '../support/failure.ts'
import type { Log } from '../support/log.ts'
import { StopList } from '../support/stop-list.ts'
import { type Address, ServantHost } from '../tars/host.ts'
import { type AgentStatus, agentServant } from './agent-servant.ts'
import type { AgentConfig } from './config.ts'
import { SubscribeFeed } from './feeds/subscribe.ts'
import { openForwarding } from './forwarding.ts'
import type { TarsIdentity } from './identity.ts'
import { openPanel, type Panel } from './panel.ts'
import { openDataFolder } from './spool/folder.ts'
import { Outbox } from './spool/outbox.ts'
import { keepRefused } from './spool/refused.ts'
import type { Disk } from './spool/segment-writer.ts'
import { DEFAULT_SPOOL, Spool } from './spool/spool.ts'
import { Ticker } from './ticker.ts'
import { CloudClient } from './uplink/cloud-client.ts'
import { Uplink } from './uplink/uplink.ts'
import { DEFAULT_WINDOW, Windows } from './window/windows.ts'

export interface AgentOptions {
  readonly identity: TarsIdentity
  readonly config: AgentConfig
  readonly clock: Clock
  readonly log: Log
  /** How long a try to send, and the end, may take; real time. */
  readonly timeoutMs?: number
  /** For tests. */
  readonly disk?: Disk
}

export interface Agent {
  /** Where it listens. */
  readonly addresses: readonly Address[]
  status(): AgentStatus
  /**
   * Takes in no more, brings the open window to disk, sends what it can in `graceMs` of real time.
   * Returns what went wrong, a line each.
   */
  stop(graceMs?: number): Promise<string[]>
}

/** The agent cannot run as it is configured. */
export class AgentFailure extends Failure<'no-data-path'> {}

/** @throws {Failure} with one line that says what is wrong. */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const parts = new StopList()
  try {
    return await start(options, parts)
  } catch (error) {
    await parts.stop()
    throw error
  }
}

async function start(options: AgentOptions, parts: StopList): Promise<Agent> {
  const { identity, config, clock, log } = options
  const startedAt = clock.now()
  const ownVersion = version()
  const path = config.dataPath ?? identity.dataPath
  if (path === undefined) {
    throw new AgentFailure('no-data-path', 'neither data_path nor datapath of TARS says where')
  }
  const folder = openDataFolder(path)
  parts.push('data folder', () => folder.release())

  const panel = openPanel(identity, log)
  parts.push('notify panel', () => panel.close())
  const spool = await openSpool(options, join(path, 'spool'), panel)
  parts.push('spool', () => spool.close())
  const outbox = new Outbox({
    spool,
    agent: folder.agent,
    epoch: randomBytes(8).toString('hex'),
    info: { host: identity.node, version: ownVersion, startedAt },
    now: () => clock.now(),
  })
  if (spool.heardUntilMs > 0) {
    outbox.addUnknown({ fromMs: spool.heardUntilMs, toMs: startedAt, reason: 'restart' })
  }

  let graceMs = 0
  const uplink = new Uplink({
    source: spool,
    client: cloudClient(options),
    clock,
    log,
    setAside: (record) => {
      const { span } = record.entry
      if (span) outbox.addUnknown({ ...span, reason: 'overflow' })
      return keepRefused(join(path, 'refused'), record)
    },
    tell: (level, message) => panel.tell(level, message),
  })
  parts.push('uplink', async () => {
    await within(graceMs, uplink.drained())
    await uplink.stop()
  })

  const windows = new Windows({ ...DEFAULT_WINDOW, lengthMs: config.windowMs }, startedAt)
  const ticker = new Ticker(windows, outbox, clock, log)
  parts.push('windows', () => ticker.stop())

  const forwarding = openForwarding(identity, config, log)
  parts.push('forwarding', () => forwarding.close())
  const feed = new SubscribeFeed({
    intake: {
      stat: (at, known, values) => windows.addStat(at, known, values),
      property: (at, row) => windows.addProperty(at, row),
      event: (event) => outbox.putEvent(event),
    },
    forwarders: forwarding.forwarders,
    now: () => clock.now(),
    log,
  })
  const server = `${identity.app}.${identity.server}`
  const status = (): AgentStatus => {
    const oldest = spool.peek()
    const { statRows, propertyRows } = windows.counts
    return {
      version: ownVersion,
      agent: folder.agent,
      startedAt,
      uptimeMs: clock.now() - startedAt,
      records: statRows + propertyRows + feed.counts.notifyPackets,
      batches: uplink.counts.batchesOut,
      bytes: uplink.counts.bytesOut,
      queuedBytes: spool.queuedBytes,
      lagMs: oldest ? clock.now() - oldest.record.entry.madeAt : 0,
      trouble: uplink.trouble,
      diskFails: spool.failing,
      intake: feed.counts,
      forward: forwarding.status(),
      windows: windows.counts,
      spool: spool.counts,
      uplink: uplink.counts,
      host: host.counts,
      droppedEvents: outbox.droppedEvents,
    }
  }
  const host: ServantHost = new ServantHost({
    adapters: identity.adapters,
    servants: [...feed.servants(server), agentServant(server, status)],
    // Sockets live in real time.
    clock: systemClock,
    log,
  })
  parts.push('servants', () => host.stop(Math.min(graceMs, 1_000)))
  await host.start()
  uplink.start()
  ticker.start()
  log.info({ addresses: host.addresses, agent: folder.agent }, 'agent: started')

  return {
    addresses: host.addresses,
    status,
    stop(givenMs = 1_500) {
      graceMs = givenMs
      return parts.stop()
    },
  }
}

function openSpool({ config, clock, log, disk }: AgentOptions, folder: string, panel: Panel) {
  return Spool.open({
    folder,
    limits: { ...DEFAULT_SPOOL, maxBytes: config.spoolBytes },
    clock,
    log,
    ...(disk && { disk }),
    onTrouble: (why) =>
      why === undefined
        ? panel.tell('normal', `the disk of ${folder} works again`)
        : panel.tell('error', `the disk of ${folder} fails, data is kept in memory only: ${why}`),
  })
}

function cloudClient({ config, timeoutMs }: AgentOptions): CloudClient | undefined {
  const { cloudUrls, envKey, caFile, allowInsecure } = config
  const [url = ''] = cloudUrls
  const client = new CloudClient({
    ...{ url, envKey, caFile, allowInsecure },
    ...(timeoutMs !== undefined && { timeoutMs }),
  })
  return envKey === '' ? undefined : client
}

/** Real time: the platform that ends us counts in it. */
function within(graceMs: number, work: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, graceMs)
    void work.then(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}

function version(): string {
  const file = new URL('../../package.json', import.meta.url)
  return String((JSON.parse(readFileSync(file, 'utf8')) as { version?: unknown }).version)
}
