/** How an agent is, for people. Pure. */
import type { z } from 'zod'
import type { UnixMs } from '../../model/time.ts'
import type { AgentTold } from '../ingest/ports.ts'
import type { agentDetail, reporterView } from './agent-schemas.ts'
import type { Agent, Reporter } from './ports.ts'
import type { agentView } from './schemas.ts'

/** An agent comes every 10 s. */
const SILENT_AFTER_MS = 30_000
/** Batches that wait longer are late: alarms are. */
const LATE_AFTER_MS = 30_000
/** A clock that is so far off is wrong; times are corrected, its log is not. */
const SKEWED_FROM_MS = 2_000

type AgentView = z.output<typeof agentView>
type AgentDetail = z.output<typeof agentDetail>

export function viewAgent(agent: Agent, now: UnixMs): AgentView {
  const { startedAt, seenAt, windowEndMs } = agent
  const trouble = troubleOf(agent, now)
  return {
    agent: agent.agent,
    host: agent.host,
    version: agent.version,
    address: agent.address,
    startedAtMs: startedAt,
    seenAtMs: seenAt,
    ...(windowEndMs !== undefined && { windowEndMs }),
    state: stateOf(trouble),
    ...(trouble && { trouble }),
  }
}

export function viewAgentDetail(agent: Agent, now: UnixMs): AgentDetail {
  const { lease } = agent
  const told = viewTold(agent)
  return {
    ...viewAgent(agent, now),
    ...(told && { told }),
    ...(lease &&
      now < lease.expiresAt && { lease: { term: lease.term, expiresAtMs: lease.expiresAt } }),
  }
}

export function viewReporter(reporter: Reporter): z.output<typeof reporterView> {
  const { kind, module, ip, feed, sinceMs, heardAt } = reporter
  return { kind, module, ip, feed, sinceMs, heardAtMs: heardAt }
}

function troubleOf({ told, seenAt, lease }: Agent, now: UnixMs): AgentView['trouble'] {
  if (now - seenAt >= SILENT_AFTER_MS) return 'silent'
  if (!told) return undefined
  if (told.trouble !== '') return 'trouble'
  if (told.lagMs >= LATE_AFTER_MS) return 'lag'
  const isHolder = lease !== undefined && now < lease.expiresAt
  // Who stands by has nothing to read.
  const { feeds } = told
  if (areOff(feeds) && (isHolder || !told.polls)) return 'feeds'
  // One feed may be off for good reasons; of the holder not all that poll.
  if (areOff(feeds.filter(({ feed }) => feed !== 'subscribe')) && isHolder) return 'feed'
  if (feeds.some(({ state }) => state === 'behind')) return 'feed'
  return Math.abs(told.skewMs ?? 0) > SKEWED_FROM_MS ? 'skew' : undefined
}

function areOff(feeds: AgentTold['feeds']): boolean {
  return feeds.length > 0 && feeds.every(({ state }) => state === 'off')
}

function stateOf(trouble: AgentView['trouble']): AgentView['state'] {
  if (trouble === 'silent') return 'silent'
  return trouble === undefined || trouble === 'skew' ? 'ok' : 'behind'
}

function viewTold({ told }: Agent): AgentDetail['told'] {
  if (!told) return undefined
  return {
    toldAtMs: told.toldAt,
    polls: told.polls,
    feeds: told.feeds.map(({ feed, state, why, reachedMs, records }) => ({
      ...{ feed, state, why, records },
      ...(reachedMs > 0 && { reachedMs }),
    })),
    lagMs: told.lagMs,
    queuedBytes: told.queuedBytes,
    queuedBatches: told.queuedBatches,
    dropped: told.dropped,
    folded: told.folded,
    cpuShare: told.cpu,
    rssBytes: told.rssBytes,
    ...(told.skewMs !== null && { skewMs: told.skewMs }),
    trouble: told.trouble,
    batchVersion: told.batchVersion,
  }
}
