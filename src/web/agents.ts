/** Agents of an environment, and who reports to them, as the API tells. */
import { call, place } from './call.ts'

export interface Agent {
  readonly agent: string
  readonly host: string
  readonly version: string
  readonly address: string
  readonly startedAtMs: number
  readonly seenAtMs: number
  readonly state: 'ok' | 'behind' | 'silent'
  readonly trouble?: 'silent' | 'trouble' | 'lag' | 'feeds' | 'feed' | 'skew'
}

export interface AgentFeed {
  readonly feed: 'subscribe' | 'query' | 'database' | 'registry'
  readonly state: 'ok' | 'behind' | 'off'
  readonly why: string
  readonly reachedMs?: number
  readonly records: number
}

export interface AgentDetail extends Agent {
  /** In its newest heartbeat. */
  readonly told?: {
    readonly toldAtMs: number
    readonly polls: boolean
    readonly feeds: readonly AgentFeed[]
    readonly lagMs: number
    readonly queuedBytes: number
    readonly queuedBatches: number
    readonly dropped: number
    readonly folded: number
    /** Of one core. */
    readonly cpuShare: number
    readonly rssBytes: number
    readonly skewMs?: number
    readonly trouble: string
  }
  /** While it runs the polling feeds. */
  readonly lease?: { readonly term: number }
}

/** Who reports, and which feed counts. */
export interface Reporter {
  readonly kind: 'client' | 'server' | 'property'
  readonly module: string
  readonly ip: string
  readonly feed: 'subscribe' | 'polled'
  readonly sinceMs: number
  readonly heardAtMs: number
}

export interface ReporterList {
  readonly reporters: readonly Reporter[]
  /** How many more there are. */
  readonly leftOut: number
}

export async function agents(environment: string): Promise<readonly AgentDetail[]> {
  return (await call<{ agents: AgentDetail[] }>('GET', place(environment, 'agents'))).agents
}

export async function agent(environment: string, id: string): Promise<AgentDetail> {
  return (await call<{ agent: AgentDetail }>('GET', place(environment, 'agents', id))).agent
}

/** `text` is part of a service or an address. */
export function reporters(environment: string, text: string): Promise<ReporterList> {
  return call('GET', `${place(environment, 'reporters')}?${new URLSearchParams({ text })}`)
}
