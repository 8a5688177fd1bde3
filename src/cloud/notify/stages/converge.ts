/**
 * Convergence of one kind: the first message goes at once and opens a window; within it more of the
 * kind is held back, unless its scope is wider than what was told. What is held goes out with the next
 * message of the kind, or as a digest at the window's end, which opens the next window.
 */
import type { AlertChange } from '../../alerts/alert.ts'
import { kindKey, kindOf, scopeOf } from '../kind.ts'
import type { HeldBack } from '../notice.ts'
import type { Convergence, Kind, Scope } from '../ports.ts'
import type { Decision, Facts, Reason, Stage, Telling } from './stage.ts'

/** Held entries kept of one kind; older ones are only counted. */
export const MAX_HELD = 100

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

function step(telling: Telling, { at, windowMs, convergences }: Facts): Step {
  const { policy, headline } = telling
  const kind = kindOf(headline.alert, policy.id)
  const key = kindKey(kind)
  const current = convergences.find((convergence) => kindKey(convergence.kind) === key)
  const scope = scopeOf(headline.alert)
  const reason = reasonOf(current, scope, at, windowMs)
  const decided = { stage: 'converge', policy: policy.id, reason } as const
  if (current && reason === 'within-window') {
    return { convergence: hold(current, headline), decision: { ...decided, verdict: 'hold' } }
  }
  const heldBack = current && heldBackOf(current)
  return {
    telling: heldBack ? { ...telling, heldBack } : telling,
    convergence: opened(kind, at, [headline, ...(current?.held ?? [])]),
    decision: { ...decided, verdict: 'tell' },
  }
}

function reasonOf(
  current: Convergence | undefined,
  scope: Scope,
  at: number,
  windowMs: number,
): Reason {
  if (!current) return 'first-of-kind'
  const elapsedMs = at - current.toldAt
  // A clock that was set back must not hold alarms for as long.
  if (elapsedMs < 0 || elapsedMs >= windowMs) return 'window-over'
  return scope === 'all' && current.scope === 'node' ? 'wider-scope' : 'within-window'
}

function hold(current: Convergence, change: AlertChange): Convergence {
  return {
    ...current,
    held: [...current.held, change].slice(-MAX_HELD),
    heldCount: current.heldCount + 1,
    heldSince: current.heldSince ?? change.at,
  }
}

/** The digest of a due convergence: its newest alarm is the headline. */
export function digestOf(
  { kind, held, heldCount, heldSince }: Convergence,
  at: number,
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

function opened(kind: Kind, at: number, told: readonly AlertChange[]): Convergence {
  const scope = told.some(({ alert }) => scopeOf(alert) === 'all') ? 'all' : 'node'
  return { kind, toldAt: at, scope, held: [], heldCount: 0 }
}
