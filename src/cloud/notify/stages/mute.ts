import type { UnixMs } from '../../../model/time.ts'
import type { AlertChange } from '../../alerts/alert.ts'
import { lookAt } from '../held.ts'
import { holdsUntil, type Mutable, type Mute, mutes } from '../mute.ts'
import type { Audience } from '../ports.ts'
import type { Decision, Facts, Stage } from './stage.ts'

/** The mute that holds the longest of those that mute `alert` now. */
export function muteOf(
  alert: Mutable,
  { mutes: all = [] }: Audience,
  at: UnixMs,
): { readonly mute: Mute; readonly until: UnixMs } | undefined {
  const holding = all.flatMap((mute) => {
    const until = holdsUntil(mute, at)
    return until !== undefined && mutes(mute, alert) ? [{ mute, until }] : []
  })
  return holding.sort((a, b) => b.until - a.until)[0]
}

/** Which of `held` are muted now, and when that is looked at next. */
export function splitMuted(
  held: readonly AlertChange[],
  { audience, at }: Pick<Facts, 'audience' | 'at'>,
): { muted: AlertChange[]; rest: AlertChange[]; lookedAt: UnixMs } {
  const ends = held.map(({ alert }) => muteOf(alert, audience, at)?.until)
  return {
    muted: held.filter((_, place) => ends[place] !== undefined),
    rest: held.filter((_, place) => ends[place] === undefined),
    lookedAt: lookAt(Math.min(...ends.map((end) => end ?? Infinity)), at),
  }
}

/**
 * What is muted is told to nobody. That it fired waits for the end of the mute and is told then, if it still
 * fires; that it goes on is forgotten. That it is over goes on: whoever was told before hears it.
 */
export const mute: Stage = (envelope, { at, audience, over }) => {
  const { kind, alert } = envelope.news
  if (kind === 'resolved') return envelope
  const decided = { stage: 'mute', policy: '' } as const
  const closedBy = (decision: Decision) => ({
    ...{ ...envelope, closed: true },
    trace: [...envelope.trace, decision],
  })
  if (over) return closedBy({ ...decided, verdict: 'drop', reason: 'over-while-muted' })
  const found = muteOf(alert, audience, at)
  if (!found) return envelope
  const { id } = found.mute
  const waits = kind === 'fired'
  return {
    ...closedBy({ ...decided, mute: id, verdict: waits ? 'hold' : 'drop', reason: 'muted' }),
    muted: { mute: id, ...(waits && { until: found.until }) },
  }
}
