/** Data of one environment that came after their instants had been evaluated. Pure but for what it remembers. */
import type { UnixMs } from '../../model/time.ts'
import { lookBackMs } from './look-back.ts'
import type { RuleGroup } from './rule.ts'

/** What comes together is evaluated together. */
const SETTLE_MS = 5000
/** Data late by more repair history only. */
export const LATE_MS = 10 * 60_000
/** Of a group, for one lot of late data: the newest of them. */
const MAX_INSTANTS = 60

/** The oldest of the late data, and the newest. */
export interface LateSpan {
  readonly fromMs: UnixMs
  readonly toMs: UnixMs
}

export class LateData {
  #span: LateSpan | undefined
  #since: UnixMs = 0

  note(at: UnixMs, now: UnixMs): void {
    if (!this.#span) this.#since = now
    const { fromMs, toMs } = this.#span ?? { fromMs: at, toMs: at }
    this.#span = { fromMs: Math.min(fromMs, at), toMs: Math.max(toMs, at) }
  }

  isReady(now: UnixMs): boolean {
    return this.#span !== undefined && now - this.#since >= SETTLE_MS
  }

  /** Once it is ready. */
  take(now: UnixMs): LateSpan | undefined {
    if (!this.isReady(now)) return undefined
    const span = this.#span
    this.#span = undefined
    return span
  }
}

/**
 * The instants of a group up to `evaluatedAt` that read of these data, and before them as many as its rules wait
 * (`for`); oldest first; none more than 10 min ago.
 */
export function instantsOf(
  group: RuleGroup,
  { fromMs, toMs }: LateSpan,
  evaluatedAt: UnixMs,
  now: UnixMs,
): UnixMs[] {
  const { intervalMs, queryOffsetMs } = group
  const lookBack = Math.max(0, ...group.rules.map(({ expr }) => lookBackMs(expr)))
  // Events count in the window that they are in: one more instant.
  const lastMs = Math.min(evaluatedAt, toMs + queryOffsetMs + lookBack + intervalMs)
  const forMs = Math.max(0, ...group.rules.map((rule) => ('forMs' in rule ? rule.forMs : 0)))
  const firstMs = Math.max(fromMs + queryOffsetMs - forMs, now - LATE_MS)
  const instants: UnixMs[] = []
  for (let at = Math.floor(lastMs / intervalMs) * intervalMs; at >= firstMs; at -= intervalMs) {
    if (instants.length === MAX_INSTANTS) break
    instants.unshift(at)
  }
  return instants
}
