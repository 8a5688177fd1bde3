/** What a batch may hold. Both sides know it: an agent splits what is larger. */
export interface BatchLimits {
  /** Decompressed bytes, and bytes of all its texts. */
  readonly maxBytes: number
  /** Rows of any one table: statistics or properties of all its windows, keys, texts. */
  readonly maxRows: number
  /** Bytes of one text. */
  readonly maxTextBytes: number
}

export const BATCH_LIMITS: BatchLimits = {
  maxBytes: 64 * 1024 * 1024,
  maxRows: 500_000,
  maxTextBytes: 8192,
}
