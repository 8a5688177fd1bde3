/**
 * What was read back from the framework: of one kind and span end the newest reading counts,
 * by (term of the lease, number of the reading), whichever agent sends it. A reading may come in parts.
 */
import type { PolledKind, Reading } from '../../model/polled.ts'
import type { UnixMs } from '../../model/time.ts'
import type { Timeline } from './timeline.ts'

/** Spans of a kind that are remembered: what is read again is one of the newest. */
const MAX_SPANS = 64
/** Of so many of the newest also which records had a row: one that a newer reading lacks goes. */
const MAX_TRACKED = 4

interface Span {
  term: number
  read: number
  timelines: Set<Timeline>
}

export class Readings {
  /** Of a lower term or an older reading: not taken. */
  refused = 0
  readonly #kinds = new Map<PolledKind, Map<UnixMs, Span>>()
  readonly #terms = new Map<PolledKind, number>()

  /** End of the newest span of a kind; undefined before the first. */
  reached(kind: PolledKind): UnixMs | undefined {
    const ends = this.#kinds.get(kind)?.keys()
    return ends && [...ends].reduce((a, b) => Math.max(a, b))
  }

  /**
   * Takes the rows of one part, or undefined when a newer reading was there. Rows of the reading before
   * are gone by then.
   */
  begin(reading: Reading, endMs: UnixMs): SpanRows | undefined {
    const { kind, term, read } = reading
    if (term < (this.#terms.get(kind) ?? 0)) return this.#refuse()
    this.#terms.set(kind, term)
    const spans = this.#kinds.get(kind) ?? new Map<UnixMs, Span>()
    this.#kinds.set(kind, spans)
    const known = spans.get(endMs)
    if (known && (term < known.term || (term === known.term && read < known.read))) {
      return this.#refuse()
    }
    const isNewer = !known || term > known.term || read > known.read
    if (isNewer) {
      for (const timeline of known?.timelines ?? []) timeline.remove(endMs)
      spans.set(endMs, { term, read, timelines: new Set() })
      bound(spans)
    }
    const timelines = spans.get(endMs)?.timelines
    return {
      set(timeline, row) {
        timeline.set(endMs, row)
        timelines?.add(timeline)
      },
    }
  }

  #refuse(): undefined {
    this.refused++
  }
}

export interface SpanRows {
  set(timeline: Timeline, row: ArrayLike<number>): void
}

function bound(spans: Map<UnixMs, Span>): void {
  const ends = [...spans.keys()].sort((a, b) => b - a)
  for (const end of ends.slice(MAX_SPANS)) spans.delete(end)
  for (const end of ends.slice(MAX_TRACKED, MAX_SPANS)) spans.get(end)?.timelines.clear()
}
