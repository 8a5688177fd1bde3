/** Spans the agent cannot speak for, joined where they touch, until they are told. */
import type { UnknownSpan } from '../../wire/batch.ts'

/** Beyond it the two oldest become one, with what lies between: rather too much than too little. */
const MAX_SPANS = 200

export class LostSpans {
  #spans: UnknownSpan[] = []

  get all(): readonly UnknownSpan[] {
    return this.#spans
  }

  add(lost: UnknownSpan): void {
    if (lost.toMs <= lost.fromMs) return
    const joins = (each: UnknownSpan) =>
      each.reason === lost.reason && each.fromMs <= lost.toMs && lost.fromMs <= each.toMs
    const joined = this.#spans.filter(joins).reduce(hull, lost)
    this.#spans = [...this.#spans.filter((each) => !joins(each)), joined].sort(
      (a, b) => a.fromMs - b.fromMs,
    )
    const [first, second, ...rest] = this.#spans
    if (this.#spans.length > MAX_SPANS && first && second) {
      this.#spans = [hull(first, second), ...rest]
    }
  }

  /** What grew since it was told stays, to be told again. */
  remove(told: readonly UnknownSpan[]): void {
    this.#spans = this.#spans.filter((each) => !told.includes(each))
  }
}

function hull(a: UnknownSpan, b: UnknownSpan): UnknownSpan {
  return {
    fromMs: Math.min(a.fromMs, b.fromMs),
    toMs: Math.max(a.toMs, b.toMs),
    reason: b.reason,
  }
}
