/**
 * What was read back from the framework: of one kind and span end the newest reading counts,
 * by (term of the lease, number of the reading), whichever agent sends it. A reading may come in parts.
 */
import { z } from 'zod'
import type { PolledKind, Reading } from '../../../model/polled.ts'
import type { UnixMs } from '../../../model/time.ts'
import type { SeriesRecord } from '../memory/series-record.ts'

/** Spans of a kind that are remembered: what is read again is one of the newest. */
const MAX_SPANS = 64
/** Of so many of the newest also which records had a row: one that a newer reading lacks goes. */
const MAX_TRACKED = 4

const kindSchema = z.enum(['stat', 'property', 'registry'])
/** As stored: of each kind its term and its spans `[end, term, read]`. */
export const readingsSchema = z.array(
  z.object({
    kind: kindSchema,
    term: z.number(),
    spans: z.array(z.tuple([z.number(), z.number(), z.number()])),
  }),
)

interface Span {
  readonly term: number
  readonly read: number
  /** Those that had a row. */
  readonly records: Set<SeriesRecord>
  /** Read before the start, at least in part: blocks know the other records. */
  readonly isOld: boolean
}

/** A span of time `[fromMs, toMs)`. */
export interface TimeSpan {
  readonly fromMs: UnixMs
  readonly toMs: UnixMs
}

interface Kind {
  term: number
  readonly spans: Map<UnixMs, Span>
}

export class Readings {
  /** Of a lower term or an older reading: not taken. */
  refused = 0
  /** The records that a reading before the start had rows of. */
  readonly lookUp: (kind: PolledKind, span: TimeSpan) => Iterable<SeriesRecord>
  readonly #kinds = new Map<PolledKind, Kind>()

  constructor(lookUp: Readings['lookUp']) {
    this.lookUp = lookUp
  }

  /** End of the newest span of a kind; undefined before the first. */
  reached(kind: PolledKind): UnixMs | undefined {
    const ends = this.#kinds.get(kind)?.spans.keys()
    return ends && [...ends].reduce((a, b) => Math.max(a, b))
  }

  /**
   * Takes the rows of one part, or undefined when a newer reading was there. Rows of the reading before
   * are gone by then.
   */
  begin({ kind, term, read }: Reading, span: TimeSpan): SpanRows | undefined {
    const { toMs } = span
    const known = this.#kinds.get(kind) ?? { term: 0, spans: new Map<UnixMs, Span>() }
    if (term < known.term) return this.#refuse()
    known.term = term
    this.#kinds.set(kind, known)
    const before = known.spans.get(toMs)
    if (before && (term < before.term || (term === before.term && read < before.read))) {
      return this.#refuse()
    }
    const isNewer = !before || term > before.term || read > before.read
    if (isNewer) {
      if (before) this.#remove(kind, span, before)
      known.spans.set(toMs, { term, read, records: new Set(), isOld: false })
      bound(known.spans)
    }
    const records = known.spans.get(toMs)?.records
    return {
      set(record, row) {
        record.set(toMs, row)
        records?.add(record)
      },
    }
  }

  snapshot(): z.infer<typeof readingsSchema> {
    return [...this.#kinds].map(([kind, { term, spans }]) => {
      const stored = [...spans].map(([end, { term, read }]): [number, number, number] => {
        return [end, term, read]
      })
      return { kind, term, spans: stored }
    })
  }

  /** Takes over what was stored. */
  restore(stored: z.infer<typeof readingsSchema>): void {
    for (const { kind, term, spans } of stored) {
      const restored = spans.map(([end, term, read]): [number, Span] => {
        return [end, { term, read, records: new Set(), isOld: true }]
      })
      this.#kinds.set(kind, { term, spans: new Map(restored) })
    }
  }

  #remove(kind: PolledKind, span: TimeSpan, { records, isOld }: Span): void {
    const known = [...records].filter(({ isGone }) => !isGone)
    // Of those that memory has forgotten blocks have the rows.
    const old = isOld || known.length < records.size ? this.lookUp(kind, span) : []
    for (const record of new Set([...known, ...old])) record.remove(span.toMs)
  }

  #refuse(): undefined {
    this.refused++
  }
}

export interface SpanRows {
  set(record: SeriesRecord, row: ArrayLike<number>): void
}

function bound(spans: Map<UnixMs, Span>): void {
  const ends = [...spans.keys()].sort((a, b) => b - a)
  for (const end of ends.slice(MAX_SPANS)) spans.delete(end)
  for (const end of ends.slice(MAX_TRACKED, MAX_SPANS)) {
    const span = spans.get(end)
    if (!span) continue
    span.records.clear()
    spans.set(end, { ...span, isOld: false })
  }
}
