/** Data of one environment that came after their instants had been evaluated. Pure but for what it remembers. */
import type { UnixMs } from '../../model/time.ts'
import type { RuleGroup } from './rule.ts'

/** What comes together is evaluated together. */
const SETTLE_MS = 5000
/** Data late by more repair history only. */
const LATE_MS = 10 * 60_000
/** When nothing so old has come for so long, the backlog of an outage is in. */
const QUIET_MS = 60_000
/** Of a group, for one lot of late data: the newest of them. */
const MAX_INSTANTS = 60
/** For one outage, beside the last: of a long one not every instant. */
const MAX_HISTORIC = 360

/** The oldest of the late data, and the newest. */
export interface LateSpan {
  readonly fromMs: UnixMs
  readonly toMs: UnixMs
}

export class LateData {
  #recent: LateSpan | undefined
  #recentSince: UnixMs = 0
  #historic: LateSpan | undefined
  #historicUntil: UnixMs = 0
  #restsUntil: UnixMs = 0

  note(at: UnixMs, now: UnixMs): void {
    if (now - at > LATE_MS) {
      this.#historic = joined(this.#historic, at)
      this.#historicUntil = now
      return
    }
    if (!this.#recent) this.#recentSince = now
    this.#recent = joined(this.#recent, at)
  }

  isReady(now: UnixMs): boolean {
    return this.#isRecentReady(now) || this.#isHistoricReady(now)
  }

  /** Those of the last ten minutes, once they are ready. */
  takeRecent(now: UnixMs): LateSpan | undefined {
    if (!this.#isRecentReady(now)) return undefined
    const span = this.#recent
    this.#recent = undefined
    return span
  }

  /** Older ones, once an outage is over. */
  takeHistoric(now: UnixMs): LateSpan | undefined {
    if (!this.#isHistoricReady(now)) return undefined
    const span = this.#historic
    this.#historic = undefined
    return span
  }

  /** It could not be evaluated. */
  putBack({ fromMs, toMs }: LateSpan, now: UnixMs): void {
    this.note(fromMs, now)
    this.note(toMs, now)
  }

  /** Nothing is ready before. */
  restUntil(at: UnixMs): void {
    this.#restsUntil = at
  }

  #isRecentReady(now: UnixMs): boolean {
    const isSettled = now - this.#recentSince >= SETTLE_MS
    return this.#recent !== undefined && isSettled && now >= this.#restsUntil
  }

  #isHistoricReady(now: UnixMs): boolean {
    const isQuiet = now - this.#historicUntil >= QUIET_MS
    return this.#historic !== undefined && isQuiet && now >= this.#restsUntil
  }
}

function joined(span: LateSpan | undefined, at: UnixMs): LateSpan {
  const { fromMs, toMs } = span ?? { fromMs: at, toMs: at }
  return { fromMs: Math.min(fromMs, at), toMs: Math.max(toMs, at) }
}

/** A group, and how long after data an instant of it may still read them. */
export interface Reader {
  readonly group: RuleGroup
  readonly lookBackMs: number
}

/**
 * The instants of a group up to `evaluatedAt` that read of these data, and before them as many as its rules wait
 * (`for`); oldest first; none more than 10 min ago.
 */
export function recentInstants(
  reader: Reader,
  span: LateSpan,
  evaluatedAt: UnixMs,
  now: UnixMs,
): UnixMs[] {
  const { firstMs, lastMs } = readingOf(reader, span)
  const from = Math.max(firstMs, now - LATE_MS)
  return instants(reader.group, from, Math.min(lastMs, evaluatedAt)).slice(-MAX_INSTANTS)
}

/**
 * As `recentInstants`, but those more than 10 min ago; of very many only each so manieth and the last. Those of a
 * group that reads what another of its interval records are among those of that one.
 */
export function historicInstants(
  reader: Reader,
  span: LateSpan,
  evaluatedAt: UnixMs,
  now: UnixMs,
): UnixMs[] {
  const { firstMs, lastMs } = readingOf(reader, span)
  const all = instants(reader.group, firstMs, Math.min(lastMs, evaluatedAt, now - LATE_MS))
  const every = 2 ** Math.max(0, Math.ceil(Math.log2(all.length / MAX_HISTORIC)))
  const stepMs = every * reader.group.intervalMs
  return all.filter((at) => at % stepMs === 0 || at === all.at(-1))
}

/** The first and the last instant that reads of these data. */
function readingOf({ group, lookBackMs }: Reader, { fromMs, toMs }: LateSpan) {
  const { queryOffsetMs, rules } = group
  const forMs = Math.max(0, ...rules.map((rule) => ('forMs' in rule ? rule.forMs : 0)))
  return {
    firstMs: fromMs + queryOffsetMs - forMs,
    lastMs: toMs + queryOffsetMs + lookBackMs,
  }
}

function instants({ intervalMs }: RuleGroup, firstMs: UnixMs, lastMs: UnixMs): UnixMs[] {
  const first = Math.ceil(firstMs / intervalMs)
  const count = Math.max(0, Math.floor(lastMs / intervalMs) - first + 1)
  return Array.from({ length: count }, (_, index) => (first + index) * intervalMs)
}
