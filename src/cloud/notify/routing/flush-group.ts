/** What a group of a route has to tell when it is due. Pure. */
import type { UnixMs } from '../../../model/time.ts'
import type { AlertChange } from '../../alerts/alert.ts'
import { handlingAt } from '../acts/act.ts'
import { lookAt } from '../held.ts'
import { kindFor, kindKey } from '../kind.ts'
import type { Convergence } from '../ports.ts'
import { address } from '../stages/address.ts'
import { muteOf } from '../stages/mute.ts'
import type { Decision, Envelope, Facts, Telling } from '../stages/stage.ts'
import { hasEnd, repeatAt, told, withDue } from './group.ts'
import { routeOfId, routesFor } from './route-policy.ts'
import { routeHoldEnd } from './route-times.ts'
import type { Grouping } from './route-tree.ts'

/** What is muted or inhibited for now is looked at again after this time at the least. */
const RECHECK_MS = 60_000

/**
 * New alerts are told; without any, what was told before and still fires, once the repeat interval is over. Alerts
 * that are over, or looked after by somebody, leave the group; muted and inhibited ones wait in it.
 */
export function flushGroup(due: Convergence, facts: Facts): Envelope {
  const news = due.held.at(-1) ?? due.firing?.at(-1)
  if (!news) throw new RangeError(`nothing is in the group ${due.kind.subject}`)
  const { audience, at } = facts
  const policy = routeOfId(audience, due.kind.policy, due.kind.environment)
  const start = { news, tellings: [], notices: [] }
  if (!policy?.route) {
    const decision = { ...decidedOf(due), verdict: 'drop', reason: 'policy-gone' } as const
    const renewed = due.held.filter((change) => isAnews(change, facts))
    return { ...start, convergences: [emptied(due)], trace: [decision], renewed }
  }
  const until = routeHoldEnd(policy.route, audience.routes, at)
  if (until !== undefined) {
    const convergences = [{ ...due, dueAt: lookAt(until, at), kept: due.held.length }]
    return { ...start, convergences, trace: outsideHours(due) }
  }
  const left = due.held.filter((change) => !belongs(change, due, facts))
  const { message, next, trace } = sorted(without(due, left), policy.route.grouping, facts)
  const renewed = left.filter((change) => isAnews(change, facts))
  const rest = { convergences: [next], trace, renewed }
  if (!message) return { ...start, ...rest }
  const telling = { policy, ...message }
  return address({ ...start, ...rest, news: message.headline, tellings: [telling] }, facts)
}

/** As after a reload of Alertmanager: what nobody was told of goes down the tree there is now. */
function isAnews(change: AlertChange, facts: Facts): boolean {
  return change.kind === 'fired' && !isOver(change, facts)
}

/** By the tree as it is now. */
function belongs({ alert }: AlertChange, { kind }: Convergence, { audience }: Facts): boolean {
  const key = kindKey(kind)
  return routesFor(alert, audience).some((policy) => kindKey(kindFor(alert, policy)) === key)
}

function without(due: Convergence, left: readonly AlertChange[]): Convergence {
  if (left.length === 0) return due
  const isLeft = new Set(left)
  const held = due.held.filter((change) => !isLeft.has(change))
  const kept = due.held.slice(0, due.kept ?? 0).filter((change) => !isLeft.has(change))
  return { ...due, held, heldCount: due.heldCount - left.length, kept: kept.length }
}

/** Said once of each. */
function outsideHours(due: Convergence): Decision[] {
  const held = { stage: 'times', verdict: 'hold', reason: 'outside-hours' } as const
  const fresh = due.held.slice(due.kept ?? 0)
  return fresh.map(({ alert }) => ({ ...decidedOf(due), ...held, alert: alert.id }))
}

function decidedOf({ kind }: Convergence) {
  return { stage: 'converge', policy: kind.policy } as const
}

function emptied({ kind, toldAt, scope }: Convergence): Convergence {
  return { kind, toldAt, scope, held: [], heldCount: 0 }
}

type Members = Readonly<Record<'waiting' | 'fresh' | 'firing', readonly AlertChange[]>>

interface Sorted {
  readonly message: Pick<Telling, 'headline' | 'heldBack'> | undefined
  readonly next: Convergence
  readonly trace: readonly Decision[]
}

function sorted(due: Convergence, grouping: Grouping, facts: Facts): Sorted {
  const fates = due.held.map((change) => ({ change, fate: fateOf(change, facts) }))
  const members: Members = {
    waiting: fates.flatMap(({ change, fate }) => (fate?.verdict === 'hold' ? change : [])),
    fresh: fates.flatMap(({ change, fate }) => (fate ? [] : change)),
    firing: (due.firing ?? []).filter((change) => fateOf(change, facts)?.verdict !== 'drop'),
  }
  // What waited before is not said again.
  const said = fates.filter(({ fate }, at) => fate?.verdict === 'drop' || at >= (due.kept ?? 0))
  const trace = said.flatMap(({ change: { alert }, fate }): Decision[] =>
    fate ? [{ ...decidedOf(due), ...fate, alert: alert.id }] : [],
  )
  const { fresh, firing } = members
  const isRepeat =
    fresh.length === 0 && due.toldAt > 0 && facts.at >= repeatAt(due.toldAt, grouping)
  const tell = isRepeat ? firing.filter((change) => !fateOf(change, facts)) : fresh
  const reason = isRepeat ? 'repeat-due' : 'group-due'
  const decision = { ...decidedOf(due), verdict: 'tell', reason } as const
  return {
    message: isRepeat ? messageOf(tell, tell.length) : messageOf(tell, countOf(due, fresh), due),
    next: nextOf(due, members, tell, { grouping, at: facts.at }),
    trace: tell.length > 0 ? [...trace, decision] : trace,
  }
}

/** With those that are only counted. */
function countOf({ held, heldCount }: Convergence, fresh: readonly AlertChange[]): number {
  return heldCount - (held.length - fresh.length)
}

/** @param tell oldest first. */
function messageOf(
  tell: readonly AlertChange[],
  count: number,
  { heldSince }: { readonly heldSince?: UnixMs } = {},
): Sorted['message'] {
  const headline = tell.at(-1)
  if (!headline) return undefined
  const since = heldSince ?? tell[0]?.at ?? headline.at
  const heldBack = { changes: tell.slice(0, -1), count: count - 1, since }
  return { headline, ...(count > 1 && { heldBack }) }
}

function nextOf(
  due: Convergence,
  { waiting, firing }: Members,
  tell: readonly AlertChange[],
  { grouping, at }: { readonly grouping: Grouping; readonly at: UnixMs },
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

/** Why it leaves the group, or waits in it; undefined: it is told. */
function fateOf(change: AlertChange, facts: Facts): Omit<Decision, 'policy'> | undefined {
  const { alert } = change
  const { audience, at, inhibitor, handled } = facts
  const reason = handlingAt(handled?.get(alert.id), at)
  if (reason) return { stage: 'acts', verdict: 'drop', reason }
  if (isOver(change, facts)) return { stage: 'converge', verdict: 'drop', reason: 'over-in-group' }
  const muted = muteOf(alert, audience, at)
  if (muted) return { stage: 'mute', verdict: 'hold', reason: 'muted', mute: muted.mute.id }
  const inhibited = inhibitor?.of(alert)
  if (!inhibited) return undefined
  const { rule: by, source } = inhibited
  return { stage: 'inhibit', verdict: 'hold', reason: 'inhibited', by, source }
}

function isOver(change: AlertChange, { ended }: Facts): boolean {
  const { alert } = change
  const isEnded = alert.state === 'resolved' || (ended?.has(alert.id) ?? false)
  return isEnded && hasEnd(change)
}
