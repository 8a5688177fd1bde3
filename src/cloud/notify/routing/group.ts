/**
 * Groups of alerts that a route tells together, as Alertmanager's: the first message after `group_wait`, more at
 * multiples of `group_interval` after it, what was told and still fires again after `repeat_interval`. Source:
 * alertmanager `dispatch/dispatch.go`, `notify/notify.go` `DedupStage`.
 */
import { createHash } from 'node:crypto'
import type { UnixMs } from '../../../model/time.ts'
import type { Alert, AlertChange } from '../../alerts/alert.ts'
import { MAX_HELD, withHeld, withoutHeld } from '../held.ts'
import { labelsOf } from '../mute.ts'
import type { Policy } from '../policy.ts'
import type { Convergence, Kind } from '../ports.ts'
import type { Decision, Telling } from '../stages/stage.ts'
import { type Grouping, groupLabels, type RouteNode } from './route-tree.ts'

const MAX_SUBJECT = 500

/** The group of the route to which the alert belongs, as a kind. */
export function groupKind(alert: Alert, policy: Policy['id'], { grouping }: RouteNode): Kind {
  const text = JSON.stringify(groupLabels(grouping, labelsOf(alert)))
  const isLong = text.length > MAX_SUBJECT
  const subject = isLong ? createHash('sha256').update(text).digest('hex') : text
  const { environment } = alert
  return { environment, policy, rule: '', service: '', subject, level: 'ERROR' }
}

export interface GroupStep {
  readonly telling?: Telling
  readonly convergence: Convergence
  readonly decision: Decision
}

/** News that comes to a group waits for its next message; a group that waits for nothing is told at once. */
export function joinGroup(
  telling: Telling,
  { grouping }: RouteNode,
  current: Convergence,
  at: UnixMs,
): GroupStep {
  const { policy, headline, holdUntil, again } = telling
  const decision = { stage: 'converge', policy: policy.id } as const
  const isOpen = !isEmpty(current)
  if (holdUntil === undefined && (again || (!isOpen && grouping.groupWaitMs === 0))) {
    const group = again && isOpen ? withoutHeld(current, headline) : opened(current.kind, at)
    const reason = again ? 'snooze-over' : 'first-of-kind'
    const convergence = withDue(told(group, [headline]), grouping, at)
    return { telling, convergence, decision: { ...decision, verdict: 'tell', reason } }
  }
  const isTold = isOpen && current.toldAt > 0
  const group = isOpen ? current : { ...opened(current.kind, 0), dueAt: at + grouping.groupWaitMs }
  const joined = withHeld(group, headline)
  const reason = isTold ? 'group-interval' : 'group-wait'
  return {
    convergence: isTold ? withDue(joined, grouping, at) : joined,
    decision: { ...decision, verdict: 'hold', reason },
  }
}

/** Nothing waits and nothing that was told fires: the next alert begins anew. */
export function isEmpty({ held, firing = [] }: Convergence): boolean {
  return held.length === 0 && firing.length === 0
}

export function opened(kind: Kind, at: UnixMs): Convergence {
  return { kind, toldAt: at, scope: 'node', held: [], heldCount: 0 }
}

/** Not of alerts on notifies, nor of what is past: each is news, whatever became of the alert. */
export function hasEnd({ alert, isPast }: AlertChange): boolean {
  return alert.events.length === 0 && !isPast
}

/** With what was told of it and may be told again. */
export function told(group: Convergence, changes: readonly AlertChange[]): Convergence {
  const { firing = [] } = group
  const fresh = changes.filter(hasEnd)
  const ids = new Set(fresh.map(({ alert }) => alert.id))
  const others = firing.filter(({ alert }) => !ids.has(alert.id))
  return { ...group, firing: [...others, ...fresh].slice(-MAX_HELD) }
}

/** With when it is looked at next, from `at` on: for what waits, or to tell again what fires. */
export function withDue(group: Convergence, grouping: Grouping, at: UnixMs): Convergence {
  const { dueAt: _, ...rest } = group
  if (isEmpty(group)) return rest
  const tick = nextTick(group.toldAt, grouping, at)
  const isWaiting = group.held.length > 0
  return { ...rest, dueAt: isWaiting ? tick : Math.max(tick, repeatAt(group.toldAt, grouping)) }
}

/** When the group may be told next, from `at` on. */
function nextTick(toldAt: UnixMs, { groupIntervalMs }: Grouping, at: UnixMs): UnixMs {
  const elapsedMs = at - toldAt
  // A clock that was set back must not hold alarms for as long.
  if (elapsedMs < 0) return at + groupIntervalMs
  return toldAt + Math.max(1, Math.ceil(elapsedMs / groupIntervalMs)) * groupIntervalMs
}

/** Told again when a message of the group falls due after so long. */
export function repeatAt(toldAt: UnixMs, { groupIntervalMs, repeatIntervalMs }: Grouping): UnixMs {
  return toldAt + Math.ceil(repeatIntervalMs / groupIntervalMs) * groupIntervalMs
}
