import type { UnixMs } from '../../model/time.ts'
import type { RuleGroup } from '../rules/rule.ts'

/** The instants of a range query; both ends included. */
export interface Instants {
  readonly startMs: UnixMs
  readonly endMs: UnixMs
  readonly stepMs: number
}

/** The multiples of the group's interval in `[fromMs, toMs)`; undefined when there is none. */
export function instantsOf(
  { intervalMs }: RuleGroup,
  fromMs: UnixMs,
  toMs: UnixMs,
): Instants | undefined {
  const startMs = Math.ceil(fromMs / intervalMs) * intervalMs
  const endMs = (Math.ceil(toMs / intervalMs) - 1) * intervalMs
  return startMs > endMs ? undefined : { startMs, endMs, stepMs: intervalMs }
}

export function timesOf({ startMs, endMs, stepMs }: Instants): UnixMs[] {
  const count = Math.floor((endMs - startMs) / stepMs) + 1
  return Array.from({ length: count }, (_, step) => startMs + step * stepMs)
}
