/**
 * The composition root of `Alarm.AgentServer`. It reads as the walk:
 * servants and polling → windows → outbox → spool → the line to the cloud.
 */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Clock, systemClock } from '../support/clock.ts'
import { Failure, messageOf } from '../support/failure.ts'
import type { Log } from '../support/log.ts'
import { StopList } from '../support/stop-list.ts'
import { type Address, ServantHost } from '../tars/host.ts'
import { type AgentStatus, agentServant } from './agent-servant.ts'
import { CloudLink } from './cloud-link.ts'
import { type AgentConfig, DETAILS } from './config.ts'
import { CorrectedClock } from './corrected-clock.ts'
import { SubscribeFeed } from './feeds/subscribe.ts'
import { Titles } from './feeds/titles.ts'
import { type Forwarding, openForwarding } from './forwarding.ts'
import type { TarsIdentity } from './identity.ts'
import { openPanel, type Panel } from './panel.ts'
import { openPolling, type Polling } from './polling.ts'
import { openDataFolder } from './spool/folder.ts'
import { Outbox } from './spool/outbox.ts'
import { keepRefused } from './spool/refused.ts'
import type { Disk } from './spool/segment-writer.ts'
import { DEFAULT_SPOOL, Spool } from './spool/spool.ts'
import { Ticker } from './ticker.ts'
import { boundedSpan } from './window/polled.ts'
import { type WindowLimits, Windows } from './window/windows.ts'

export interface AgentOptions {
  readonly identity: TarsIdentity
  readonly config: AgentConfig
  /** Of the machine: the cloud's answers put it right. */
  readonly clock: Clock
  readonly log: Log
  /** Of whoever opened it, who also closes it; by default one of our own. */
  readonly panel?: Panel
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
   * From now on as `config` says, and no window is lost. Returns what needs a restart, a line each.
   * @throws {Failure} Then nothing has changed.
   */
  reconfigure(config: AgentConfig): string[]
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
  const { identity, log } = options
  let { config } = options
  let correctionMs = () => 0
  const clock = new CorrectedClock(options.clock, () => correctionMs())
  const startedAt = clock.now()
  const path = config.dataPath ?? identity.dataPath
  if (path === undefined) {
    throw new AgentFailure('no-data-path', 'neither data_path nor datapath of TARS says where')
  }
  const folder = openDataFolder(path)
  parts.push('data folder', () => folder.release())
  const panel = options.panel ?? openPanel(identity, log)
  if (!options.panel) parts.push('notify panel', () => panel.close())
  const spool = await openSpool(options, { path, clock, panel })
  parts.push('spool', () => spool.close())
  const speaker = {
    agent: folder.agent,
    epoch: randomBytes(8).toString('hex'),
    ...{ host: identity.node, version: version(), startedAt },
  }
  const outbox = new Outbox({ spool, speaker, now: () => clock.now() })
  if (spool.heardUntilMs > 0) {
    outbox.addUnknown({ fromMs: spool.heardUntilMs, toMs: startedAt, reason: 'restart' })
  }

  let graceMs = 0
  const link: CloudLink = new CloudLink({
    ...{ config, spool, speaker, log, timeoutMs: options.timeoutMs },
    clocks: { machine: options.clock, corrected: clock },
    setAside: (record) => {
      const { span } = record.entry
      if (span) outbox.addUnknown({ ...span, reason: 'overflow' })
      return keepRefused(join(path, 'refused'), record)
    },
    tell: (level, message) => void panel.tell(level, message, 'cloud'),
    told: () => ({ feeds: feeds(), polls: polling.poller.canPoll, ...lost() }),
  })
  correctionMs = () => link.heartbeat.correctionMs
  parts.push('line to the cloud', () => link.stop(graceMs))

  const limits = (): WindowLimits => ({
    lengthMs: options.config.windowMs,
    ...{ maxStatKeys: config.maxKeys, maxPropertyKeys: config.maxKeys },
    foldedTo: FOLDED_TO[config.detail],
  })
  const windows = new Windows(limits(), startedAt)
  const ticker = new Ticker(windows, outbox, clock, log)
  parts.push('windows', () => ticker.stop())

  let reads = 0
  const titles = new Titles()
  const startPolling = (): Polling =>
    openPolling({
      ...{ identity, config, clock, log, titles },
      intake: {
        span: (span) => outbox.putSpan(boundedSpan(span, limits(), windows.counts)),
        event: (event) => outbox.putEvent(event),
      },
      term: () => link.term,
      framework: () => link.heartbeat.framework ?? 'TARSFramework',
      nextRead: () => ++reads,
    })
  let polling = startPolling()
  parts.push('polling', () => polling.close())

  let forwarding: Forwarding = openForwarding(identity, config, log)
  parts.push('forwarding', () => forwarding.close())
  const feed = new SubscribeFeed({
    intake: {
      stat: (at, known, values) => windows.addStat(at, known, values),
      property: (at, row) => windows.addProperty(at, row),
      event: (event) => outbox.putEvent(event),
    },
    // Asked for each packet: they may be others tomorrow.
    forwarders: {
      get stat() {
        return forwarding.forwarders.stat
      },
      get property() {
        return forwarding.forwarders.property
      },
      get notify() {
        return forwarding.forwarders.notify
      },
    },
    titles,
    now: () => clock.now(),
    log,
  })
  const feeds = () => [feed.status(clock.now()), ...polling.poller.statuses()]
  const lost = () => {
    const { stat, property } = windows.counts
    const rows = stat.dropped + property.dropped
    return {
      dropped: rows + outbox.droppedEvents + spool.counts.dropped,
      folded: stat.folded + property.folded,
    }
  }
  const status = (): AgentStatus => {
    const { uplink } = link
    const { statRows, propertyRows } = windows.counts
    return {
      ...{ version: speaker.version, agent: folder.agent, startedAt },
      uptimeMs: clock.now() - startedAt,
      records: statRows + propertyRows + feed.counts.notifyPackets,
      batches: uplink.counts.batchesOut,
      bytes: uplink.counts.bytesOut,
      queuedBytes: spool.queuedBytes,
      lagMs: spool.lagMs(clock.now()),
      trouble: uplink.trouble,
      diskFails: spool.failing,
      feeds: feeds(),
      polls: link.term !== undefined,
      skewMs: link.heartbeat.skewMs ?? null,
      intake: feed.counts,
      forward: forwarding.status(),
      windows: windows.counts,
      spool: spool.counts,
      uplink: uplink.counts,
      host: host.counts,
      droppedEvents: outbox.droppedEvents,
    }
  }
  const server = `${identity.app}.${identity.server}`
  const host: ServantHost = new ServantHost({
    adapters: identity.adapters,
    servants: [...feed.servants(server), agentServant(server, status)],
    // Sockets live in real time.
    clock: systemClock,
    log,
  })
  parts.push('servants', () => host.stop(Math.min(graceMs, 1_000)))
  await host.start()
  link.start()
  ticker.start()
  log.info({ addresses: host.addresses, agent: folder.agent }, 'agent: started')

  return {
    addresses: host.addresses,
    status,
    reconfigure(next) {
      const speakAnew = isOther(config, next, LINK_KEYS) ? link.prepare(next) : () => {}
      const before = config
      config = next
      speakAnew()
      windows.adopt(limits())
      if (isOther(before, next, FORWARD_KEYS)) {
        forwarding.close()
        forwarding = openForwarding(identity, next, log)
      }
      if (isOther(before, next, POLLING_KEYS)) {
        const failed = (error: unknown) =>
          log.error({ error: messageOf(error) }, 'agent: polling did not end well')
        polling.close().catch(failed)
        polling = startPolling()
      }
      return needsRestart(options.config, next)
    },
    stop(givenMs = 1_500) {
      graceMs = givenMs
      return parts.stop()
    },
  }
}

const FOLDED_TO = Object.fromEntries(DETAILS.map((detail, level) => [detail, level])) as Record<
  AgentConfig['detail'],
  0 | 1 | 2 | 3
>

type Keys = readonly (keyof AgentConfig)[]

const LINK_KEYS: Keys = ['cloudUrls', 'envKey', 'caFile', 'allowInsecure', 'httpProxy']
const FORWARD_KEYS: Keys = ['forwardStat', 'forwardNotify', 'forwardProperty']
const POLLING_KEYS: Keys = ['feeds', 'database', 'timeZone']

/** What is fixed from the start on, as the user spells it. */
const FIXED: readonly (readonly [keyof AgentConfig, string])[] = [
  ['windowMs', 'window'],
  ['dataPath', 'data_path'],
  ['spoolBytes', 'spool_size'],
  ['spoolAgeMs', 'spool_age'],
]

function isOther(before: AgentConfig, next: AgentConfig, keys: Keys): boolean {
  return keys.some((key) => JSON.stringify(before[key]) !== JSON.stringify(next[key]))
}

function needsRestart(started: AgentConfig, next: AgentConfig): string[] {
  return FIXED.filter(([key]) => isOther(started, next, [key])).map(
    ([, name]) => `${name} is taken at the next start`,
  )
}

interface SpoolPlace {
  readonly path: string
  readonly clock: Clock
  readonly panel: Panel
}

function openSpool({ config, log, disk }: AgentOptions, { path, clock, panel }: SpoolPlace) {
  const folder = join(path, 'spool')
  const failing = `the disk of ${folder} fails, data is kept in memory only`
  return Spool.open({
    folder,
    limits: { ...DEFAULT_SPOOL, maxBytes: config.spoolBytes, maxAgeMs: config.spoolAgeMs },
    clock,
    log,
    ...(disk && { disk }),
    onTrouble: (why) =>
      void (why === undefined
        ? panel.tell('normal', `the disk of ${folder} works again`, 'disk')
        : panel.tell('error', `${failing}: ${why}`, 'disk')),
  })
}

function version(): string {
  const file = new URL('../../package.json', import.meta.url)
  return String((JSON.parse(readFileSync(file, 'utf8')) as { version?: unknown }).version)
}
