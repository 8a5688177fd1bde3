/** Agents that are silent, as series for the rules in `conf/collection.yaml`. They are stored nowhere. */

import type { Labels } from '../model/labels.ts'
import type { FeedStatus } from '../model/polled.ts'
import type { UnixMs } from '../model/time.ts'
import { compileMatchers, evaluateInstant, type SeriesData, type Source } from '../promql/index.ts'
import type { Query } from './rules/ports.ts'

/** What is looked at of an agent. */
export interface WatchedAgent {
  readonly agent: string
  readonly host: string
  readonly startedAt: UnixMs
  readonly seenAt: UnixMs
  readonly told?: { readonly feeds: readonly Pick<FeedStatus, 'feed' | 'state'>[] }
}

/** An agent comes every 10 s. */
const SILENT_AFTER_MS = 30_000
/** Nobody waits for one that has not come for longer. */
const EXPECTED_MS = 24 * 3_600_000
/** Who did not look for so long could not hear: the cloud was down, or its clock was set. */
const UNWATCHED_MS = 60_000

export class AgentWatch {
  readonly #agentsOf: (environment: string) => Promise<readonly WatchedAgent[]>
  /** Of each environment: since when it is looked at without a pause, and when it was last. */
  readonly #watches = new Map<string, { sinceMs: UnixMs; lastMs: UnixMs }>()

  constructor(agentsOf: (environment: string) => Promise<readonly WatchedAgent[]>) {
    this.#agentsOf = agentsOf
  }

  query(environment: string): Query {
    return {
      instant: (expr, at) => evaluateInstant(expr, at, this.#source(environment, at)),
    }
  }

  forget(environment: string): void {
    this.#watches.delete(environment)
  }

  #source(environment: string, at: UnixMs): Source {
    const sinceMs = this.#watchedSince(environment, at)
    return {
      select: async (matchers) => {
        const matches = compileMatchers(matchers)
        const agents = await this.#agentsOf(environment)
        return silenceSeries(agents, at, sinceMs).filter(({ labels }) => matches(labels))
      },
    }
  }

  #watchedSince(environment: string, at: UnixMs): UnixMs {
    const known = this.#watches.get(environment)
    const isWatched = known && at >= known.lastMs && at - known.lastMs <= UNWATCHED_MS
    const sinceMs = isWatched ? known.sinceMs : at
    this.#watches.set(environment, { sinceMs, lastMs: at })
    return sinceMs
  }
}

/** Silence counts from the last word on, but not before `sinceMs`. Pure. */
export function silenceSeries(
  all: readonly WatchedAgent[],
  at: UnixMs,
  sinceMs: UnixMs,
): SeriesData[] {
  const agents = all.filter((agent) => at - agent.seenAt <= EXPECTED_MS && !isReplaced(agent, all))
  const silentMs = ({ seenAt }: WatchedAgent) => at - Math.max(seenAt, sinceMs)
  const silent = agents.filter((agent) => silentMs(agent) >= SILENT_AFTER_MS)
  const isLost = silent.length > 0 && silent.length === agents.length
  const last = isLost ? silent.reduce((a, b) => (b.seenAt > a.seenAt ? b : a)) : undefined
  const series = (
    name: string,
    { agent, host }: WatchedAgent,
    value: number,
    more: Labels = {},
  ) => {
    return { labels: { __name__: name, agent, host, ...more }, times: [at], values: [value] }
  }
  return silent.flatMap((agent) => {
    const seconds = silentMs(agent) / 1000
    return [
      series('tars_agent_heard_timestamp_seconds', agent, agent.seenAt / 1000),
      agent === last
        ? series('tars_collection_lost_seconds', agent, seconds, { feeds: feedsOf(agents) })
        : series('tars_agent_silent_seconds', agent, seconds),
    ]
  })
}

/** By one that was started on its host since it was heard: installed anew, it has another name. */
function isReplaced({ host, seenAt }: WatchedAgent, all: readonly WatchedAgent[]): boolean {
  return all.some((other) => other.host === host && other.startedAt > seenAt)
}

function feedsOf(agents: readonly WatchedAgent[]): string {
  const feeds = agents.flatMap(({ told }) => told?.feeds ?? [])
  const names = feeds.filter(({ state }) => state !== 'off').map(({ feed }) => feed)
  return [...new Set(['subscribe', ...names])].join(', ')
}
