/** What ingest needs of others. */
import type { UnixMs } from '../../model/time.ts'
import type { AgentInfo, Batch } from '../../wire/batch.ts'

/** Instance id of an environment, `al-…`. */
export type EnvironmentId = string

export interface EnvironmentKeys {
  /** The environment whose key this is, or undefined; the time it takes tells nothing about the key. */
  environmentOf(envKey: string): Promise<EnvironmentId | undefined>
}

export interface BatchSink {
  /**
   * Takes the batch exactly once and resolves when it is durable; `applied` is false for a repeat.
   * `bytes`: the batch as it came, for those who store it as such.
   * Throws `SeriesFailure` (`too-old`, `no-space` …).
   */
  append(
    environment: EnvironmentId,
    batch: Batch,
    receivedAt: UnixMs,
    bytes?: Buffer,
  ): Promise<{ applied: boolean }>
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
