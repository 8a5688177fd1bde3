/** How the agent is, gathered from its parts. */
import type { FeedStatus } from '../model/polled.ts'
import type { Clock } from '../support/clock.ts'
import type { ServantHost } from '../tars/host.ts'
import type { AgentStatus } from './agent-servant.ts'
import type { CloudLink, Told } from './cloud-link.ts'
import type { SubscribeFeed } from './feeds/subscribe.ts'
import type { Forwarding } from './forwarding.ts'
import type { Polling } from './polling.ts'
import type { Storage } from './storage.ts'
import type { Windows } from './window/windows.ts'

export interface AgentParts {
  readonly clock: Clock
  readonly storage: Storage
  readonly link: CloudLink
  readonly windows: Windows
  readonly feed: SubscribeFeed
  readonly polling: Polling
  readonly forwarding: Forwarding
  readonly host: ServantHost
}

export function statusOf(parts: AgentParts): AgentStatus {
  const { clock, storage, link, windows, feed, forwarding, host } = parts
  const { speaker, spool, outbox } = storage
  const { uplink } = link
  const now = clock.now()
  return {
    ...{ version: speaker.version, agent: speaker.agent, startedAt: speaker.startedAt },
    uptimeMs: now - speaker.startedAt,
    records: windows.counts.statRows + windows.counts.propertyRows + feed.counts.notifyPackets,
    ...{ batches: uplink.counts.batchesOut, bytes: uplink.counts.bytesOut },
    ...{ queuedBytes: spool.queuedBytes, lagMs: spool.lagMs(now) },
    trouble: uplink.trouble,
    diskFails: spool.failing,
    feeds: feedsOf(parts),
    polls: link.term !== undefined,
    skewMs: link.heartbeat.skewMs ?? null,
    ...{ intake: feed.counts, forward: forwarding.status(), windows: windows.counts },
    ...{ spool: spool.counts, uplink: uplink.counts, host: host.counts },
    droppedEvents: outbox.droppedEvents,
  }
}

/** What a heartbeat tells of it. */
export function toldOf(parts: AgentParts): Told {
  const { windows, storage, polling } = parts
  const { stat, property } = windows.counts
  const { outbox, spool } = storage
  return {
    feeds: feedsOf(parts),
    polls: polling.canPoll,
    dropped: stat.dropped + property.dropped + outbox.droppedEvents + spool.counts.dropped,
    folded: stat.folded + property.folded,
  }
}

function feedsOf({ feed, polling, clock }: AgentParts): FeedStatus[] {
  const heard = feed.isWanted ? [feed.status(clock.now())] : []
  return [...heard, ...polling.statuses()]
}
