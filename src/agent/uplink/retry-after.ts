const MAX_RETRY_AFTER_MS = 3_600_000

/** A `Retry-After`: seconds, or an HTTP date; at most an hour. Undefined when it is neither. */
export function retryAfterMs(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now
  return Number.isNaN(ms) ? undefined : Math.min(MAX_RETRY_AFTER_MS, Math.max(0, ms))
}
