export interface Backoff {
  readonly baseMs: number
  readonly maxMs: number
}

/** Whether a wait until `untilMs`, of `longestMs` at the most, is over; also when the clock was set back. */
export function isOver(untilMs: number, nowMs: number, longestMs: number): boolean {
  return nowMs >= untilMs || untilMs - nowMs > longestMs
}

/**
 * How long to wait before try `attempt` (1 is the first repeat): doubles from `baseMs` up to `maxMs`,
 * the upper half of it by chance, so that many waiters do not come back at once.
 */
export function backoffMs(
  attempt: number,
  { baseMs, maxMs }: Backoff,
  random = Math.random,
): number {
  const ceiling = Math.min(maxMs, baseMs * 2 ** (attempt - 1))
  return ceiling / 2 + (random() * ceiling) / 2
}
