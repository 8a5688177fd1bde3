/**
 * Call statistics of one window, after the agent has normalised what the runtimes report.
 * One call is reported by its client and by its server: `side` keeps them apart.
 */

/** Upper bounds of the latency buckets, milliseconds; one more bucket, `+Inf`, follows. */
export const LATENCY_BOUNDS_MS = [5, 10, 50, 100, 200, 500, 1000, 2000, 3000] as const

/** Buckets of a record: `LATENCY_BOUNDS_MS` and `+Inf`. */
export const LATENCY_BUCKETS = LATENCY_BOUNDS_MS.length + 1

export type Side = 'client' | 'server'

export interface StatKey {
  /** `App.Server`, without set parts. */
  readonly callee: string
  readonly interface: string
  /** `App.Server` of the client; of server rows what the runtime says, e.g. `stat_from_server`. */
  readonly caller: string
  readonly calleeIp: string
  /** 0 when unknown (server rows). */
  readonly calleePort: number
  readonly callerIp: string
  readonly returnCode: number
  /** Set of the callee, `name.area.id`; '' when none. */
  readonly set: string
  /** TARS version of the reporter, e.g. `3.0.20`; '' when unknown. */
  readonly version: string
  readonly side: Side
  /** Report interval of the reporter: 10_000, 60_000 or 300_000. */
  readonly spanMs: number
}

/** Deltas of the span. Failures are `timeouts + exceptions`; `calls` counts all of them too. */
export interface StatValues {
  readonly calls: number
  readonly timeouts: number
  readonly exceptions: number
  readonly durationSumMs: number
  readonly durationMaxMs: number
  /** `LATENCY_BUCKETS` counts, not cumulative, of calls that have a time. */
  readonly buckets: readonly number[]
}

export interface StatRow {
  readonly key: StatKey
  readonly values: StatValues
}
