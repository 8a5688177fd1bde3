/** What ingest needs of others. */
import type { UnixMs } from '../../model/time.ts'
import type { AgentInfo } from '../../wire/batch.ts'
import type { Heartbeat, HeartbeatAnswer } from '../../wire/http.ts'

/** Instance id of an environment, `al-…`. */
export type EnvironmentId = string

export interface EnvironmentKeys {
  /** The environment whose key this is, or undefined; the time it takes tells nothing about the key. */
  environmentOf(envKey: string): Promise<EnvironmentId | undefined>
}

export interface BatchIntake {
  /**
   * Takes the batch exactly once and resolves when it is durable. `bytes`: the batch as it came; they are
   * given away. Throws `WireError` when they are no batch, `SeriesFailure` (`too-old`, `no-space` …).
   */
  append(environment: EnvironmentId, bytes: Buffer, receivedAt: UnixMs): Promise<Appended>
}

/** What a batch was that is durable now. */
export interface Appended {
  /** False for a repeat. */
  readonly applied: boolean
  readonly agent: AgentInfo & { readonly id: string }
  /** End of its newest window; absent when it has none. */
  readonly windowEndMs?: UnixMs
  /** Rows of all windows. */
  readonly stats: number
  readonly properties: number
  readonly events: number
}

/** An agent was heard. */
export interface AgentSighting extends AgentInfo {
  readonly environment: EnvironmentId
  readonly agent: string
  /** Peer address of the request. */
  readonly address: string
  readonly seenAt: UnixMs
  /** End of its newest closed window, or undefined. */
  readonly windowEndMs: UnixMs | undefined
}

export interface AgentRegister {
  seen(sighting: AgentSighting): Promise<void>
}

/** Who runs the polling feeds of an environment, or did last. */
export interface Lease {
  readonly agent: string
  /** Of its process. */
  readonly epoch: string
  readonly startedAt: UnixMs
  /** Grows with each change of holder. From 1. */
  readonly term: number
  readonly expiresAt: UnixMs
  /** Since when all its polling feeds are off; absent while one works. */
  readonly idleSince?: UnixMs
}

/** A heartbeat as it came. */
export interface AgentBeat {
  readonly environment: EnvironmentId
  /** Peer address of the request. */
  readonly address: string
  readonly heardAt: UnixMs
  readonly heartbeat: Heartbeat
}

/** What an agent told in its newest heartbeat, as it is kept. */
export interface AgentTold
  extends Omit<Heartbeat, 'agent' | 'epoch' | 'host' | 'version' | 'startedAt'> {
  readonly toldAt: UnixMs
}

export interface HeartbeatRegister {
  /**
   * Keeps what the agent told, asks `decide` about the lease and keeps that: in one transaction, those of an
   * environment one after the other. `othersPoll`: another agent said after `aliveSince` that it can poll.
   * Throws `StoreFailure`, `gone` when the environment was removed.
   */
  heard<Decision extends { readonly lease: Lease | undefined }>(
    beat: AgentBeat,
    aliveSince: UnixMs,
    decide: (lease: Lease | undefined, othersPoll: boolean) => Decision,
  ): Promise<{ framework: HeartbeatAnswer['framework']; decision: Decision }>
}
