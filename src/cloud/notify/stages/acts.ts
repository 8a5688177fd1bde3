/** What people did about alerts: it decides what is told of them before any policy does. */
import type { AlertChange } from '../../alerts/alert.ts'
import { handlingAt } from '../acts/act.ts'
import { kindKey } from '../kind.ts'
import type { Convergence } from '../ports.ts'
import type { Envelope, Facts, Stage } from './stage.ts'

/**
 * Of an alert that somebody looks after nothing is told but that it is over; of a closed one not even that. At the
 * end of a snooze it is told by its reminder.
 */
export const acts: Stage = (envelope, { at, handled }) => {
  const { kind, alert } = envelope.news
  const reason = handlingAt(handled?.get(alert.id), at)
  if (!reason || (kind === 'resolved' && reason !== 'closed')) return envelope
  const verdict = reason === 'snoozed' ? 'hold' : 'drop'
  const decision = { stage: 'acts', policy: '', verdict, reason } as const
  return { ...envelope, closed: true, trace: [...envelope.trace, decision] }
}

/** What is told once more says why. */
export const again: Stage = (envelope, facts) => {
  const why = facts.again
  if (!why) return envelope
  return { ...envelope, tellings: envelope.tellings.map((one) => ({ ...one, again: why })) }
}

/** What is held back without the alerts that somebody looks after. */
export function withoutHandled(convergence: Convergence, { handled, at }: Facts): Convergence {
  if (!handled || handled.size === 0) return convergence
  const isLeft = ({ alert }: AlertChange) => !handlingAt(handled.get(alert.id), at)
  const held = convergence.held.filter(isLeft)
  const fewer = convergence.held.length - held.length
  if (fewer === 0) return convergence
  const { heldSince, dueAt, kept, ...rest } = convergence
  // Those that are counted but no longer kept are not told on their own.
  if (held.length === 0) return { ...rest, held, heldCount: 0 }
  const heldCount = convergence.heldCount - fewer
  if (kept === undefined) return { ...convergence, held, heldCount }
  const keptLeft = convergence.held.slice(0, kept).filter(isLeft)
  return { ...convergence, held, heldCount, kept: keptLeft.length }
}

/** A digest of which nothing is `left` to tell. */
export function allHandled(due: Convergence, left: Convergence, { handled, at }: Facts): Envelope {
  const news = due.held.at(-1)
  const reason = news && handlingAt(handled?.get(news.alert.id), at)
  if (!news || !reason) throw new RangeError(`nothing is held back of ${kindKey(due.kind)}`)
  return {
    ...{ news, tellings: [], notices: [], convergences: [left] },
    trace: [{ stage: 'acts', policy: due.kind.policy, verdict: 'drop', reason }],
  }
}
