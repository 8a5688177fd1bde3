/**
 * What one agent hands to the cloud: closed windows (also when empty) and events.
 * A batch is applied exactly once, by its id. The bytes are described in `protocol/README.md`.
 */
import type { NotifyEvent } from '../model/event.ts'
import type { Reading } from '../model/polled.ts'
import type { PropertyRow } from '../model/property.ts'
import type { ServerState } from '../model/server-state.ts'
import type { StatRow } from '../model/stat.ts'
import type { UnixMs } from '../model/time.ts'
import type { StatColumns, StatKeys } from './stat-columns.ts'

/** Batches of one agent process are numbered 1, 2, 3 …: (agent, epoch, seq) is unique. */
export interface BatchId {
  /** Made once in the agent's data path: 32 hex digits. */
  readonly agent: string
  /** 64 random bits of this process start: 16 hex digits. */
  readonly epoch: string
  /** From 1. */
  readonly seq: number
}

/** A closed window: all that arrived in `[endMs - lengthMs, endMs)`, or was read back of that span. */
export interface Window<Stats = readonly StatRow[]> {
  readonly endMs: UnixMs
  readonly lengthMs: number
  readonly stats: Stats
  readonly properties: readonly PropertyRow[]
  /** Of the registry; in windows read back from it only. */
  readonly states?: readonly ServerState[]
  /** Absent: heard from reporters, and adds up with what other agents heard. */
  readonly reading?: Reading
}

/** A span the agent cannot speak for: it was not running, had to drop, or lost it on disk. Never read as zero traffic. */
export interface UnknownSpan {
  readonly fromMs: UnixMs
  readonly toMs: UnixMs
  readonly reason: 'restart' | 'overflow' | 'damaged'
}

/** Who speaks, for the agent's card. */
export interface AgentInfo {
  /** Host name or node name. */
  readonly host: string
  readonly version: string
  readonly startedAt: UnixMs
}

export interface Batch<Stats = readonly StatRow[]> {
  readonly id: BatchId
  readonly agent: AgentInfo
  /** When it was put together. */
  readonly madeAt: UnixMs
  /** Oldest first. */
  readonly windows: readonly Window<Stats>[]
  readonly events: readonly NotifyEvent[]
  readonly unknown: readonly UnknownSpan[]
}

/** A batch as its bytes have it, the statistics in columns: no object for each row is made. */
export interface ColumnBatch extends Batch<StatColumns> {
  /** Of all its windows. */
  readonly statKeys: StatKeys
}
