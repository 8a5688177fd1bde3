/**
 * The composition root of `Alarm.AgentServer`. It reads as the walk:
 * servants and polling → windows → outbox → spool → the line to the cloud.
 */
import { type Clock, systemClock } from '../support/clock.ts'
import type { Log } from '../support/log.ts'
import { StopList } from '../support/stop-list.ts'
import { type Address, ServantHost } from '../tars/host.ts'
import { type AgentStatus, agentServant } from './agent-servant.ts'
import { CloudLink } from './cloud-link.ts'
import { type AgentConfig, wantsFeed } from './config.ts'
import { needsRestart } from './config-change.ts'
import { CorrectedClock } from './corrected-clock.ts'
import { SubscribeFeed } from './feeds/subscribe.ts'
import { Titles } from './feeds/titles.ts'
import { Forwarding } from './forwarding.ts'
import type { TarsIdentity } from './identity.ts'
import { OwnMail } from './own-mail.ts'
import { openPanel, type Panel } from './panel.ts'
import { Polling } from './polling.ts'
import type { Disk } from './spool/segment-writer.ts'
import { type AgentParts, statusOf, toldOf } from './status.ts'
import { openStorage } from './storage.ts'
import { Ticker } from './ticker.ts'
import { boundedSpan } from './window/polled.ts'
import { Windows } from './window/windows.ts'
import { windowLimitsOf } from './window-limits.ts'

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
   * From now on as `config` says, and no window is lost. Returns the keys that are taken at the next start.
   * @throws {Failure} Then nothing has changed.
   */
  reconfigure(config: AgentConfig): string[]
  /**
   * Takes in no more, brings the open window to disk, sends what it can in `graceMs` of real time.
   * Returns what went wrong, a line each.
   */
  stop(graceMs?: number): Promise<string[]>
}

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

async function start(options: AgentOptions, stops: StopList): Promise<Agent> {
  const { identity, log, disk, timeoutMs, clock: machine } = options
  let { config } = options
  let graceMs = 0
  let correctionMs = () => 0
  const clock = new CorrectedClock(machine, () => correctionMs())
  const panel = options.panel ?? openPanel(identity, log)
  if (!options.panel) stops.push('notify panel', () => panel.close())
  const storage = await openStorage({ identity, config, clock, log, panel, disk }, stops)
  const { spool, outbox, speaker, setAside } = storage

  const link: CloudLink = new CloudLink({
    ...{ config, spool, speaker, log, timeoutMs, setAside },
    clocks: { machine, corrected: clock },
    tell: (level, message) => void panel.tell(level, message, 'cloud'),
    told: () => toldOf(parts),
  })
  correctionMs = () => link.heartbeat.correctionMs
  stops.push('line to the cloud', () => link.stop(graceMs))

  const ownMail = new OwnMail(config, {
    ...{ clock, log },
    state: () => ({
      trouble: link.uplink.trouble,
      wellAt: link.wellAt,
      ...{ host: speaker.host, cloudUrls: config.cloudUrls, queuedBatches: spool.queuedBatches },
    }),
  })
  stops.push('own mail', () => ownMail.stop())

  const windows = new Windows(windowLimitsOf(config), speaker.startedAt)
  const ticker = new Ticker(windows, outbox, clock, log)
  stops.push('windows', () => ticker.stop())

  const titles = new Titles()
  const polling = new Polling({
    ...{ identity, config, clock, log, titles },
    intake: {
      span: (span) => outbox.putSpan(boundedSpan(span, windowLimitsOf(config), windows.counts)),
      event: (event) => outbox.putEvent(event),
    },
    term: () => link.term,
    framework: () => link.heartbeat.framework ?? 'TARSFramework',
  })
  stops.push('polling', () => polling.close())

  const forwarding = new Forwarding(identity, config, log)
  stops.push('forwarding', () => forwarding.close())
  const feed = new SubscribeFeed({
    intake: {
      stat: (at, known, values) => windows.addStat(at, known, values),
      property: (at, row) => windows.addProperty(at, row),
      event: (event) => outbox.putEvent(event),
    },
    isWanted: () => wantsFeed(config, 'subscribe'),
    forwarders: forwarding,
    ...{ titles, now: () => clock.now(), log },
  })
  const server = `${identity.app}.${identity.server}`
  const host: ServantHost = new ServantHost({
    adapters: identity.adapters,
    servants: [...feed.servants(server), agentServant(server, () => statusOf(parts))],
    // Sockets live in real time.
    clock: systemClock,
    log,
  })
  stops.push('servants', () => host.stop(Math.min(graceMs, 1_000)))
  const parts: AgentParts = { clock, storage, link, windows, feed, polling, forwarding, host }
  await host.start()
  link.start()
  ownMail.start()
  ticker.start()
  log.info({ addresses: host.addresses, agent: speaker.agent }, 'agent: started')

  return {
    addresses: host.addresses,
    status: () => statusOf(parts),
    reconfigure(next) {
      const speakAnew = link.prepare(next)
      config = next
      speakAnew()
      windows.adopt(windowLimitsOf(next))
      forwarding.adopt(next)
      polling.adopt(next)
      ownMail.adopt(next)
      return needsRestart(options.config, next)
    },
    stop(givenMs = 1_500) {
      graceMs = givenMs
      return stops.stop()
    },
  }
}
