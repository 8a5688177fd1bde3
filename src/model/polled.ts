/** Spans that are not heard from reporters but read back from where the framework keeps them. */
import type { PropertyRow } from './property.ts'
import type { ServerState } from './server-state.ts'
import type { StatRow } from './stat.ts'
import type { UnixMs } from './time.ts'

export const FEEDS = ['subscribe', 'query', 'database', 'registry'] as const

/** Who hands on records. */
export type FeedName = (typeof FEEDS)[number]

/** `behind`: it works, but what it hands on is older than it should be. */
export const FEED_STATES = ['ok', 'behind', 'off'] as const

/** What a span read back tells of. Of one kind and span the newest reading counts, whichever feed it came by. */
export type PolledKind = 'stat' | 'property' | 'registry'

/** Which reading: of one kind and span end the higher (term, read) replaces all that was read before. */
export interface Reading {
  readonly kind: PolledKind
  readonly feed: Exclude<FeedName, 'subscribe'>
  /** Of the lease under which it was read; grows with each grant. From 1. */
  readonly term: number
  /** Grows with each reading of this agent process within a term. From 1. */
  readonly read: number
}

/** All that was read of `[endMs - lengthMs, endMs)`; rows of the kind of the reading, none of the others. */
export interface PolledSpan {
  readonly reading: Reading
  readonly endMs: UnixMs
  readonly lengthMs: number
  readonly stats: readonly StatRow[]
  readonly properties: readonly PropertyRow[]
  readonly states: readonly ServerState[]
}

/** How a feed fares. */
export interface FeedStatus {
  readonly feed: FeedName
  readonly state: (typeof FEED_STATES)[number]
  /** One sentence for the operator: why it is off or behind; '' when ok. */
  readonly why: string
  /** Newest instant it has handed on data for; 0 none. */
  readonly reachedMs: UnixMs
  /** Rows and events handed on since the start. */
  readonly records: number
}
