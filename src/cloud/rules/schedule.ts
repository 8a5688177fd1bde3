/** Which instants of which groups are due. Pure. */
import type { UnixMs } from '../../model/time.ts'
import type { RuleGroup } from './rule.ts'

/** By group key: the last instant that was evaluated. */
export type Evaluated = ReadonlyMap<string, UnixMs>

/**
 * Time that is behind what was evaluated by more was set back: it begins anew. Until then nothing is evaluated
 * twice.
 */
export const SET_BACK_MS = 3_600_000

/** A rule that takes longer is stopped: meanwhile the other groups of its environment wait. */
export const RULE_TIMEOUT_MS = 30_000

export interface Due {
  readonly group: RuleGroup
  readonly at: UnixMs
  readonly previousAt: UnixMs | undefined
  /** Instants before `at` that were passed over, because they are too long ago. */
  readonly skipped: number
}

/**
 * The earliest instant due: groups are evaluated at the multiples of their interval up to where they may go
 * (undefined: nowhere), at most `catchUpMs` back. A group that was never evaluated starts with the newest one.
 */
export function nextDue(
  groups: readonly RuleGroup[],
  evaluated: Evaluated,
  upTo: (group: RuleGroup) => UnixMs | undefined,
  catchUpMs: number,
): Due | undefined {
  let next: Due | undefined
  for (const group of groups) {
    const until = upTo(group)
    if (until === undefined) continue
    const due = dueOf(group, evaluated.get(group.key), until, catchUpMs)
    if (due && (!next || due.at < next.at)) next = due
  }
  return next
}

function dueOf(
  group: RuleGroup,
  previousAt: UnixMs | undefined,
  until: UnixMs,
  catchUpMs: number,
): Due | undefined {
  const { intervalMs } = group
  const newest = Math.floor(until / intervalMs) * intervalMs
  if (previousAt === undefined || previousAt - until > SET_BACK_MS) {
    return { group, at: newest, previousAt: undefined, skipped: 0 }
  }
  const following = (Math.floor(previousAt / intervalMs) + 1) * intervalMs
  const oldest = Math.ceil((until - catchUpMs) / intervalMs) * intervalMs
  const at = Math.max(following, Math.min(oldest, newest))
  if (at > newest) return undefined
  return { group, at, previousAt, skipped: (at - following) / intervalMs }
}
