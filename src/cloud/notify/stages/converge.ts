/**
 * Convergence of one kind: the first message goes at once and opens a window; within it more of the
 * kind is held back, unless its scope is wider than what was told. What is held goes out with the next
 * message of the kind, or as a digest at the window's end (by the policy's mode), which opens the next
 * window. What falls outside the hours of its policy is held until they begin.
 */
import type { UnixMs } from '../../../model/time.ts'
import type { AlertChange } from '../../alerts/alert.ts'
import { heldOn, lookAt, withHeld, withoutHeld } from '../held.ts'
import { kindFor, kindKey, scopeOf } from '../kind.ts'
import type { HeldBack } from '../notice.ts'
import type { Policy } from '../policy.ts'
import type { Convergence, Kind } from '../ports.ts'
import { joinGroup } from '../routing/group.ts'
import { splitMuted } from './mute.ts'
import type { Decision, Facts, Reason, Stage, Telling } from './stage.ts'

export const converge: Stage = (envelope, facts) => {
  if (envelope.news.kind === 'resolved') return envelope
  const steps = envelope.tellings.map((telling) => step(telling, facts))
  return {
    ...envelope,
    tellings: steps.flatMap(({ telling }) => telling ?? []),
    convergences: [...envelope.convergences, ...steps.map(({ convergence }) => convergence)],
    trace: [...envelope.trace, ...steps.map(({ decision }) => decision)],
  }
}

interface Step {
  readonly telling?: Telling
  readonly convergence: Convergence
  readonly decision: Decision
}

function step(telling: Telling, facts: Facts): Step {
  const { at, windowMs, convergences } = facts
  const { policy, headline, holdUntil } = telling
  const kind = kindFor(headline.alert, policy)
  const key = kindKey(kind)
  const current = convergences.find((convergence) => kindKey(convergence.kind) === key)
  if (policy.route) return joinGroup(telling, policy.route, current ?? unopened(kind), at)
  const reason = reasonOf(telling, current, at, windowMs)
  const decision = { stage: 'converge', policy: policy.id, reason } as const
  const dueAt =
    holdUntil === undefined ? digestAt(policy, current, at, windowMs) : lookAt(holdUntil, at)
  if (holdUntil !== undefined || reason === 'within-window' || reason === 'digest-only') {
    const convergence = hold(current ?? unopened(kind), headline, dueAt)
    return { convergence, decision: { ...decision, verdict: 'hold' } }
  }
  const others = withoutHeld(current ?? unopened(kind), headline)
  const { muted, rest, lookedAt } = splitMuted(others.held, facts)
  const heldCount = others.heldCount - muted.length
  const heldBack = heldBackOf({ ...others, held: rest, heldCount })
  const next = opened(kind, at, [headline, ...rest])
  return {
    telling: heldBack ? { ...telling, heldBack } : telling,
    convergence: muted.length > 0 ? heldOn(next, muted, lookedAt) : next,
    decision: { ...decision, verdict: 'tell' },
  }
}

function reasonOf(
  { policy, headline, holdUntil, again }: Telling,
  current: Convergence | undefined,
  at: UnixMs,
  windowMs: number,
): Reason {
  if (holdUntil !== undefined) return 'outside-hours'
  if (policy.mode === 'digest') return 'digest-only'
  if (again) return 'snooze-over'
  if (!current) return 'first-of-kind'
  const elapsedMs = at - current.toldAt
  // A clock that was set back must not hold alarms for as long.
  if (elapsedMs < 0 || elapsedMs >= windowMs) return 'window-over'
  const isWider = scopeOf(headline.alert) === 'all' && current.scope === 'node'
  return isWider ? 'wider-scope' : 'within-window'
}

/** When what is held now is told by itself; never, of a policy without digests. */
function digestAt(
  { mode }: Policy,
  current: Convergence | undefined,
  at: UnixMs,
  windowMs: number,
): UnixMs | undefined {
  if (mode === 'realtime') return undefined
  return mode === 'digest' || !current ? at + windowMs : current.toldAt + windowMs
}

function hold(current: Convergence, change: AlertChange, dueAt: UnixMs | undefined): Convergence {
  const ends = [current.dueAt, dueAt].filter((end) => end !== undefined)
  return { ...withHeld(current, change), ...(ends.length > 0 && { dueAt: Math.min(...ends) }) }
}

/** The digest of a due convergence: its newest alarm is the headline. */
export function digestOf(
  { kind, held, heldCount, heldSince }: Convergence,
  at: UnixMs,
): { headline: AlertChange; heldBack?: HeldBack; next: Convergence } {
  const headline = held.at(-1)
  if (!headline) throw new RangeError(`nothing is held back of ${kindKey(kind)}`)
  const older = {
    changes: held.slice(0, -1),
    count: heldCount - 1,
    since: heldSince ?? headline.at,
  }
  return {
    headline,
    ...(older.count > 0 && { heldBack: older }),
    next: opened(kind, at, held),
  }
}

function heldBackOf({ held, heldCount, heldSince }: Convergence): HeldBack | undefined {
  if (heldCount === 0 || heldSince === undefined) return undefined
  return { changes: held, count: heldCount, since: heldSince }
}

/** Nothing was told of it yet: whatever comes in its hours goes at once. */
function unopened(kind: Kind): Convergence {
  return { kind, toldAt: 0, scope: 'node', held: [], heldCount: 0 }
}

function opened(kind: Kind, at: UnixMs, told: readonly AlertChange[]): Convergence {
  const scope = told.some(({ alert }) => scopeOf(alert) === 'all') ? 'all' : 'node'
  return { kind, toldAt: at, scope, held: [], heldCount: 0 }
}
