/** What a try means for a delivery: pure. */
import type { UnixMs } from '../../model/time.ts'
import { backoffMs } from '../../support/backoff.ts'
import { messageOf } from '../../support/failure.ts'
import { ChannelFailure } from './channels/channel.ts'
import type { Delivery, Outcome } from './ports.ts'
import { ReaderGone } from './reader-gone.ts'

/** First try again after 5 s, later every 10 min. */
export const RETRY = { baseMs: 5_000, maxMs: 10 * 60_000 }
/** A delivery that could not be made this long after it was planned is given up. */
export const GIVE_UP_MS = 3 * 24 * 3_600_000
/** A peer that says when to come again is believed within these bounds. */
const RETRY_AFTER = { minMs: 1_000, maxMs: 3_600_000 }
/** Who was told the same instant does not come back at the same instant. */
const SPREAD_MS = 1_000
const MAX_ANSWER_CHARS = 500

export function sent(answer: string, at: UnixMs): Outcome {
  return { state: 'sent', at, answer: bounded(answer) }
}

/** Where `delivery` stands after its try failed with `error`; what is no `ChannelFailure` is tried again. */
export function afterFailure(
  delivery: Delivery,
  error: unknown,
  at: UnixMs,
  random = Math.random,
): Outcome {
  const failure = error instanceof ChannelFailure ? error : undefined
  const answer = bounded(messageOf(error))
  if (error instanceof ReaderGone) return { state: 'failed', at, answer, unsent: error.why }
  if (failure && !failure.retryable) return { state: 'failed', at, answer }
  if (at - delivery.plannedAt >= GIVE_UP_MS) {
    return { state: 'failed', at, answer: bounded(`given up after 3 days: ${answer}`) }
  }
  return {
    state: 'waiting',
    dueAt: at + Math.round(waitMs(delivery, failure?.retryAfterMs, random)),
    answer,
    ...(failure?.handedOver && { maybeRepeated: true }),
  }
}

function waitMs({ attempts }: Delivery, retryAfterMs: number | undefined, random: () => number) {
  if (retryAfterMs === undefined) {
    return backoffMs(Math.min(Math.max(1, attempts), 20), RETRY, random)
  }
  const { minMs, maxMs } = RETRY_AFTER
  return Math.min(Math.max(retryAfterMs, minMs), maxMs) + random() * SPREAD_MS
}

function bounded(answer: string): string {
  return answer.length > MAX_ANSWER_CHARS ? `${answer.slice(0, MAX_ANSWER_CHARS)}…` : answer
}
