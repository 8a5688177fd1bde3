/** An instant: milliseconds since the Unix epoch, UTC. */
export type UnixMs = number

/** The end of the aligned window `[start, end)` of `lengthMs` that contains `at`. */
export function windowEnd(at: UnixMs, lengthMs: number): UnixMs {
  return (Math.floor(at / lengthMs) + 1) * lengthMs
}
