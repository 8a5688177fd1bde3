/** What a group of a route has to tell when it is due. Pure. */
import type { UnixMs } from '../../../model/time.ts'
import type { AlertChange } from '../../alerts/alert.ts'
import { handlingAt } from '../acts/act.ts'
import type { Convergence } from '../ports.ts'
import { address } from '../stages/address.ts'
import { muteOf } from '../stages/mute.ts'
import type { Decision, Envelope, Facts } from '../stages/stage.ts'
import { repeatAt, told, withDue } from './group.ts'
import { routeOfId } from './route-policy.ts'
import { routeHoldEnd } from './route-times.ts'
import type { RouteNode } from './route-tree.ts'

/** What is muted or inhibited for now is looked at again after this time at the least. */
const RECHECK_MS = 60_000

/**
 * New alerts are told; without any, what was told before and still fires, once the repeat interval is over. Alerts
 * that are over, or looked after by somebody, leave the group; muted and inhibited ones wait in it.
 */
export function flushGroup(due: Convergence, facts: Facts): Envelope {
  const news = due.held.at(-1) ?? due.firing?.at(-1)
  if (!news) throw new RangeError(`nothing is in the group ${due.kind.subject}`)
  const policy = routeOfId(facts.audience, due.kind.policy, due.kind.environment)
  const start = { news, tellings: [], notices: [] }
  const decided = { stage: 'converge', policy: due.kind.policy } as const
  if (!policy?.route) {
    const { dueAt: _, heldSince: __, ...gone } = { ...due, held: [], heldCount: 0, firing: [] }
    return {
      ...{ ...start, convergences: [gone] },
      trace: [{ ...decided, verdict: 'drop', reason: 'policy-gone' }],
    }
  }
  const until = routeHoldEnd(policy.route, facts.audience.routes, facts.at)
  if (until !== undefined) {
    const trace = [
      { stage: 'times', policy: policy.id, verdict: 'hold', reason: 'outside-hours' },
    ] as const
    return { ...start, convergences: [{ ...due, dueAt: until }], trace }
  }
  const sorted = sort(due, policy.route, facts)
  const [headline, ...older] = sorted.tell.toReversed()
  const rest = { convergences: [sorted.next], trace: sorted.trace }
  if (!headline) return { ...start, ...rest }
  const count = sorted.count - 1
  const since = sorted.since ?? headline.at
  const heldBack = { changes: older.toReversed(), count, since }
  const telling = { policy, headline, ...(count > 0 && { heldBack }) }
  return address({ ...start, ...rest, news: headline, tellings: [telling] }, facts)
}

interface Sorted {
  /** Oldest first. */
  readonly tell: readonly AlertChange[]
  readonly count: number
  readonly since: UnixMs | undefined
  readonly next: Convergence
  readonly trace: readonly Decision[]
}

function sort(due: Convergence, { grouping }: RouteNode, facts: Facts): Sorted {
  const { at } = facts
  const decided = { stage: 'converge', policy: due.kind.policy } as const
  const trace: Decision[] = []
  const waiting: AlertChange[] = []
  const fresh: AlertChange[] = []
  for (const [place, change] of due.held.entries()) {
    const handled = handlingAt(facts.handled?.get(change.alert.id), at)
    if (handled) trace.push({ ...decided, stage: 'acts', verdict: 'drop', reason: handled })
    else if (isOver(change, facts)) {
      trace.push({ ...decided, verdict: 'drop', reason: 'over-in-group' })
    } else {
      const held = holdOf(change, facts)
      ;(held ? waiting : fresh).push(change)
      // What waited before is not said again.
      if (held && place >= (due.kept ?? 0)) trace.push({ ...decided, ...held, verdict: 'hold' })
    }
  }
  const firing = (due.firing ?? []).filter(
    (change) => !isOver(change, facts) && !isHandled(change, facts),
  )
  const isRepeat = fresh.length === 0 && due.toldAt > 0 && at >= repeatAt(due.toldAt, grouping)
  const tell = isRepeat ? firing.filter((change) => !holdOf(change, facts)) : fresh
  if (tell.length > 0) {
    const reason = isRepeat ? 'repeat-due' : 'group-due'
    trace.push({ ...decided, verdict: 'tell', reason })
  }
  return {
    ...{ tell, trace },
    count: isRepeat ? tell.length : due.heldCount - (due.held.length - fresh.length),
    since: isRepeat ? tell[0]?.at : due.heldSince,
    next: next(due, { waiting, firing, tell }, grouping, at),
  }
}

function next(
  due: Convergence,
  { waiting, firing, tell }: Record<'waiting' | 'firing' | 'tell', readonly AlertChange[]>,
  grouping: RouteNode['grouping'],
  at: UnixMs,
): Convergence {
  const since = waiting[0]?.at
  const group: Convergence = {
    ...{ kind: due.kind, scope: due.scope, toldAt: tell.length > 0 ? at : due.toldAt },
    ...{ held: waiting, heldCount: waiting.length, kept: waiting.length, firing },
    ...(since !== undefined && { heldSince: since }),
  }
  const isHeldUp = waiting.length > 0 || tell.length === 0
  return withDue(told(group, tell), grouping, isHeldUp ? at + RECHECK_MS : at)
}

/** Of alerts on notifies each is news, whatever became of the alert. */
function isOver({ alert }: AlertChange, { ended }: Facts): boolean {
  return (
    alert.events.length === 0 && (alert.state === 'resolved' || (ended?.has(alert.id) ?? false))
  )
}

function isHandled({ alert }: AlertChange, { handled, at }: Facts): boolean {
  return handlingAt(handled?.get(alert.id), at) !== undefined
}

/** Why it is not told now. */
function holdOf(
  { alert }: AlertChange,
  { audience, at, inhibitor }: Facts,
): Pick<Decision, 'stage' | 'reason' | 'mute' | 'by' | 'source'> | undefined {
  const muted = muteOf(alert, audience, at)
  if (muted) return { stage: 'mute', reason: 'muted', mute: muted.mute.id }
  const inhibited = inhibitor?.of(alert)
  if (!inhibited) return undefined
  const { rule, source } = inhibited
  return { stage: 'inhibit', reason: 'inhibited', by: rule, source }
}
