/**
 * What is missing, told from what is left: batches cover time without holes, and each segment begins
 * with the instant until which the agent had listened before it.
 */
import type { UnixMs } from '../../model/time.ts'
import type { UnknownSpan } from '../../wire/batch.ts'
import type { SpoolEntry } from './record.ts'

type Span = NonNullable<SpoolEntry['span']>

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
    if (from > 0 && from < next.fromMs) return this.#lose(from, next.fromMs)
    // No window is missing, but perhaps a part of one of these.
    const { fromMs } = this.#last ?? next
    this.#lose(Math.min(fromMs, next.fromMs), next.toMs)
  }

  #lose(fromMs: UnixMs, toMs: UnixMs): void {
    if (toMs > fromMs) this.lost.push({ fromMs, toMs, reason: 'damaged' })
  }
}
