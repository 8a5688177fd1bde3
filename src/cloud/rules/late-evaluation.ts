/** Evaluates again what data that came late have changed. */
import type { UnixMs } from '../../model/time.ts'
import type { Again, GroupEvaluator } from './group-evaluator.ts'
import { historicInstants, type LateData, type LateSpan, recentInstants } from './late-data.ts'
import type { RuleGroup, RuleSet } from './rule.ts'
import type { RuleFeeds } from './rule-feeds.ts'
import type { Evaluated } from './schedule.ts'

/** After a second of it four belong to others: an agent that is always late costs no more than that. */
const REST = 4

export interface LateWork {
  readonly environment: string
  readonly rules: RuleSet
  readonly feeds: RuleFeeds
  readonly late: LateData
  readonly evaluated: Evaluated
}

/** Whether data of this instant come after a group that reads them was evaluated. */
export function isLate(groups: readonly RuleGroup[], evaluated: Evaluated, at: UnixMs): boolean {
  return groups.some(({ key }) => (evaluated.get(key) ?? -Infinity) >= at)
}

/** What is ready of it. Rejects when it was not saved; then it comes again. */
export async function evaluateLate(
  evaluator: GroupEvaluator,
  work: LateWork,
  now: UnixMs,
): Promise<void> {
  const { late } = work
  const startedMs = performance.now()
  const recent = late.takeRecent(now)
  const historic = late.takeHistoric(now)
  try {
    // The older first: what it records may be read by the newer.
    if (historic) {
      await evaluator.evaluateHistory(againOf(work, historic, historicInstants, now))
    }
    if (recent) await evaluator.evaluateAgain(againOf(work, recent, recentInstants, now))
  } catch (error) {
    for (const span of [recent, historic]) if (span) late.putBack(span, now)
    throw error
  }
  if (recent || historic) late.restUntil(now + REST * (performance.now() - startedMs))
}

function againOf(
  { environment, rules, feeds, evaluated }: LateWork,
  span: LateSpan,
  instantsOf: typeof recentInstants,
  now: UnixMs,
): Again[] {
  return feeds.heard.flatMap((group) => {
    const evaluatedAt = evaluated.get(group.key)
    if (evaluatedAt === undefined) return []
    const reader = { group, lookBackMs: feeds.lookBackMs(group) }
    const instants = instantsOf(reader, span, evaluatedAt, now)
    if (instants.length === 0) return []
    return [{ environment, group, rules, instants, evaluatedAt, receivedAt: now }]
  })
}
