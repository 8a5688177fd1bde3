/** What the cloud's answer means for the batch and for the next try. Pure. */
import { backoffMs } from '../../support/backoff.ts'

/** How one try went. */
export type Answer =
  | {
      readonly kind: 'answered'
      readonly status: number
      /** How long it wants no other try. */
      readonly retryAfterMs?: number
      /** Of 2xx: the cloud itself says so, and not a portal or page that takes anything. */
      readonly confirmed?: boolean
      /** Of other answers of the cloud. */
      readonly reason?: string
      readonly message?: string
      /** Who answered. */
      readonly at?: string
    }
  /** Refused, reset, timed out, no such host, certificate not trusted … */
  | { readonly kind: 'failed'; readonly why: string; readonly at?: string }

export type Trouble = 'unreachable' | 'key' | 'busy' | 'wrong-address' | 'version'

export type Verdict =
  | { readonly act: 'ack' }
  /** This batch will never be taken: the next one's turn. */
  | { readonly act: 'set-aside' }
  | { readonly act: 'retry'; readonly afterMs: number; readonly trouble: Trouble }

/** Between tries while the key is wrong, the address is not the cloud's, or one side is too old. */
const SLOW_RETRY_MS = 60_000
const BACKOFF = { baseMs: 500, maxMs: 30_000 }
const REFUSALS = new Set([400, 413, 422])

/** `attempt` counts the tries that failed in a row, with this one. */
export function verdictOf(answer: Answer, attempt: number, random = Math.random): Verdict {
  const afterMs = backoffMs(attempt, BACKOFF, random)
  if (answer.kind === 'failed') return { act: 'retry', afterMs, trouble: 'unreachable' }
  // Whoever asks for no wait at all would get a flood.
  const { status, confirmed, retryAfterMs = 0 } = answer
  const slow = (trouble: Trouble): Verdict => {
    return { act: 'retry', afterMs: Math.max(retryAfterMs, SLOW_RETRY_MS), trouble }
  }
  if (confirmed) return { act: 'ack' }
  if (isOfVersions(answer)) return slow('version')
  if (REFUSALS.has(status)) return { act: 'set-aside' }
  if (status === 401) return slow('key')
  if (status >= 500 || status === 429 || status === 408) {
    return { act: 'retry', afterMs: Math.max(retryAfterMs, afterMs), trouble: 'busy' }
  }
  return slow('wrong-address')
}

/** The cloud does not know this format of batch: by its bytes, or by the `Content-Type` already. */
function isOfVersions({ status, reason }: Answer & { readonly kind: 'answered' }): boolean {
  return status === 415 ? reason !== undefined : status === 400 && reason === 'version'
}
