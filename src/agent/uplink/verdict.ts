/** What the cloud's answer means for the batch and for the next try. Pure. */
import { backoffMs } from '../../support/backoff.ts'

/** How one try went. */
export type Answer =
  | {
      readonly kind: 'answered'
      readonly status: number
      readonly retryAfter?: string | undefined
      /** Of 2xx: the cloud itself says so, and not a portal or page that takes anything. */
      readonly confirmed?: boolean
    }
  /** Refused, reset, timed out, no such host, certificate not trusted … */
  | { readonly kind: 'failed'; readonly why: string }

export type Trouble = 'unreachable' | 'key' | 'busy' | 'wrong-address'

export type Verdict =
  | { readonly act: 'ack' }
  /** This batch will never be taken: the next one's turn. */
  | { readonly act: 'set-aside' }
  | { readonly act: 'retry'; readonly afterMs: number; readonly trouble: Trouble }

/** Between tries while the key is wrong, or the address is not the cloud's. */
export const SLOW_RETRY_MS = 60_000
const BACKOFF = { baseMs: 500, maxMs: 30_000 }
const MAX_RETRY_AFTER_MS = 3_600_000
const REFUSALS = new Set([400, 413, 422])

/** `attempt` counts the tries of this batch from 1; `now` is for a `Retry-After` that is a date. */
export function verdictOf(
  answer: Answer,
  attempt: number,
  now: number,
  random = Math.random,
): Verdict {
  const afterMs = backoffMs(attempt, BACKOFF, random)
  if (answer.kind === 'failed') return { act: 'retry', afterMs, trouble: 'unreachable' }
  const { status, retryAfter, confirmed } = answer
  if (confirmed) return { act: 'ack' }
  if (REFUSALS.has(status)) return { act: 'set-aside' }
  if (status === 401) return { act: 'retry', afterMs: SLOW_RETRY_MS, trouble: 'key' }
  // Whoever asks for no wait at all would get a flood.
  const askedMs = retryAfterMs(retryAfter, now) ?? 0
  if (status >= 500 || status === 429 || status === 408) {
    return { act: 'retry', afterMs: Math.max(askedMs, afterMs), trouble: 'busy' }
  }
  return { act: 'retry', afterMs: Math.max(askedMs, SLOW_RETRY_MS), trouble: 'wrong-address' }
}

/** Seconds, or an HTTP date; at most an hour. Undefined when it is neither. */
function retryAfterMs(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now
  return Number.isNaN(ms) ? undefined : Math.min(MAX_RETRY_AFTER_MS, Math.max(0, ms))
}
