/** How long before the newest sample data of an environment is kept. */
export interface Retention {
  /** As it came, milliseconds. */
  readonly retentionMs: number
  /** Hourly roll-ups, milliseconds. */
  readonly rollUpRetentionMs: number
}

export interface SeriesLimits extends Retention {
  /** Keys of one family in memory; more are folded, or not kept where they cannot be. */
  readonly maxRecords: number
  /** Raw events kept, the newest. */
  readonly maxEvents: number
  /** How long before the newest sample memory goes back at least, milliseconds. */
  readonly hotMs: number
  /** Memory is flushed to a block after so many milliseconds of data, or so many bytes of log. */
  readonly flushEveryMs: number
  readonly flushBytes: number
  /** Log that cannot be flushed: beyond this nothing is taken. */
  readonly maxLogBytes: number
}

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS
const MIB = 1024 * 1024

export const DEFAULT_LIMITS: SeriesLimits = {
  maxRecords: 200_000,
  maxEvents: 20_000,
  hotMs: 120 * MINUTE_MS,
  flushEveryMs: 10 * MINUTE_MS,
  flushBytes: 64 * MIB,
  maxLogBytes: 1024 * MIB,
  retentionMs: 8 * DAY_MS,
  rollUpRetentionMs: 400 * DAY_MS,
}
