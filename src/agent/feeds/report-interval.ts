/**
 * How often each reporter reports, learned from when it did: every 10 s or every minute.
 * A reporter is a module behind one peer address. Packets within 3 s are one tick.
 */
import type { UnixMs } from '../../model/time.ts'

const SHORT_SPAN_MS = 10_000
const LONG_SPAN_MS = 60_000

const TICK_MS = 3_000
/** One connection of a runtime with three of them may carry every third tick only. */
const MAX_SHORT_GAP_MS = 30_000
/** A first gap this short leaves no doubt. */
const CLEARLY_SHORT_GAP_MS = 15_000
/** So many gaps in a row must disagree before the span changes. */
const GAPS_TO_CHANGE = 2

interface Reporter {
  tickAt: UnixMs
  spanMs: number
  gaps: number
  disagreeing: number
}

export class ReportIntervals {
  readonly #maxReporters: number
  /** Least recently heard first. */
  readonly #reporters = new Map<string, Reporter>()

  constructor(maxReporters = 20_000) {
    this.#maxReporters = maxReporters
  }

  get size(): number {
    return this.#reporters.size
  }

  /** The span of what `module` behind `peer` (`host:port`) reports at `at`: 10_000 or 60_000. */
  heard(module: string, peer: string, at: UnixMs): number {
    const id = `${module} ${peer}`
    const reporter = this.#reporters.get(id)
    if (!reporter) {
      this.#remember(id, { tickAt: at, spanMs: LONG_SPAN_MS, gaps: 0, disagreeing: 0 })
      return LONG_SPAN_MS
    }
    const gapMs = at - reporter.tickAt
    if (gapMs >= 0 && gapMs <= TICK_MS) return reporter.spanMs
    // A clock set back tells nothing.
    if (gapMs > 0) learn(reporter, gapMs)
    reporter.tickAt = at
    this.#remember(id, reporter)
    return reporter.spanMs
  }

  #remember(id: string, reporter: Reporter): void {
    this.#reporters.delete(id)
    this.#reporters.set(id, reporter)
    if (this.#reporters.size <= this.#maxReporters) return
    const [oldest] = this.#reporters.keys()
    if (oldest !== undefined) this.#reporters.delete(oldest)
  }
}

function learn(reporter: Reporter, gapMs: number): void {
  const seenMs = gapMs <= MAX_SHORT_GAP_MS ? SHORT_SPAN_MS : LONG_SPAN_MS
  const first = reporter.gaps++ === 0
  if (seenMs === reporter.spanMs) {
    reporter.disagreeing = 0
    return
  }
  reporter.disagreeing++
  if (reporter.disagreeing < GAPS_TO_CHANGE && !(first && gapMs <= CLEARLY_SHORT_GAP_MS)) return
  reporter.spanMs = seenMs
  reporter.disagreeing = 0
}
