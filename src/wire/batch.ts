/**
 * What one agent hands to the cloud: closed windows (also when empty) and events.
 * A batch is applied exactly once, by its id. The bytes are described in `protocol/README.md`.
 */
import type { NotifyEvent } from '../model/event.ts'
import type { PropertyRow } from '../model/property.ts'
import type { StatRow } from '../model/stat.ts'
import type { UnixMs } from '../model/time.ts'

export type Lane = 'fresh' | 'backlog'

/** Batches of one agent process and lane are numbered 1, 2, 3 …: (agent, epoch, lane, seq) is unique. */
export interface BatchId {
  /** Made once in the agent's data path: 32 hex digits. */
  readonly agent: string
  /** 64 random bits of this process start: 16 hex digits. */
  readonly epoch: string
  readonly lane: Lane
  /** From 1. */
  readonly seq: number
}

/** A closed window: all that arrived in `[endMs - lengthMs, endMs)`. */
export interface Window {
  readonly endMs: UnixMs
  readonly lengthMs: number
  readonly stats: readonly StatRow[]
  readonly properties: readonly PropertyRow[]
}

/** A span the agent cannot speak for: it was not running, or had to drop. Never read as zero traffic. */
export interface UnknownSpan {
  readonly fromMs: UnixMs
  readonly toMs: UnixMs
  readonly reason: 'restart' | 'overflow'
}

/** Who speaks, for the agent's card. */
export interface AgentInfo {
  /** Host name or node name. */
  readonly host: string
  readonly version: string
  readonly startedAt: UnixMs
}

export interface Batch {
  readonly id: BatchId
  readonly agent: AgentInfo
  /** When it was put together. */
  readonly madeAt: UnixMs
  /** Oldest first. */
  readonly windows: readonly Window[]
  readonly events: readonly NotifyEvent[]
  readonly unknown: readonly UnknownSpan[]
}
