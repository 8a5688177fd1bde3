/**
 * What is missing, told from what is left: batches cover time without holes, and each segment begins
 * with the instant until which the agent had listened before it.
 */
import type { UnixMs } from '../../model/time.ts'
import type { UnknownSpan } from '../../wire/batch.ts'
import type { SpoolEntry } from './record.ts'

type Span = NonNullable<SpoolEntry['span']>

/** What is lost begins no earlier when nothing before it is left: a segment holds an hour at the most. */
const MAX_LOST_MS = 3_600_000

export class Hearing {
  heardUntilMs: UnixMs
  /** What was in damaged parts, as far as the neighbours tell. */
  readonly lost: UnknownSpan[] = []
  #inGap = false
  #last: Span | undefined

  /** 0: nothing is known yet. */
  constructor(heardUntilMs: UnixMs) {
    this.heardUntilMs = heardUntilMs
  }

  /** A segment begins. A torn end of the one before held nothing that anybody relied on. */
  head(heardBeforeMs: UnixMs): void {
    if (this.heardUntilMs > 0) this.#lose(this.heardUntilMs, heardBeforeMs)
    else if (this.#inGap) this.#lose(heardBeforeMs - MAX_LOST_MS, heardBeforeMs)
    this.heardUntilMs = Math.max(this.heardUntilMs, heardBeforeMs)
    this.#inGap = false
  }

  record(span: Span | undefined): void {
    if (!span) return
    if (this.#inGap) this.#closeGap(span)
    this.#inGap = false
    this.#last = span
    this.heardUntilMs = Math.max(this.heardUntilMs, span.toMs)
  }

  gap(): void {
    this.#inGap = true
  }

  #closeGap(next: Span): void {
    const from = this.heardUntilMs
    if (from === 0) this.#lose(next.fromMs - MAX_LOST_MS, next.toMs)
    else if (from < next.fromMs) this.#lose(from, next.fromMs)
    // No window is missing, but perhaps a part of one of these.
    else this.#lose(Math.min(this.#last?.fromMs ?? next.fromMs, next.fromMs), next.toMs)
  }

  #lose(fromMs: UnixMs, toMs: UnixMs): void {
    if (toMs > fromMs) this.lost.push({ fromMs: Math.max(0, fromMs), toMs, reason: 'damaged' })
  }
}
