/** Acting on an alert, from the console and by a link of a message. */
import type { UnixMs } from '../../model/time.ts'
import { type Act, actFault, MAX_ACTS, MAX_SNOOZE_MS } from '../notify/acts/act.ts'
import { ApiFailure, notFound } from './api-failure.ts'
import type { NotifyDesk } from './notify-ports.ts'
import type { AlertReads } from './ports.ts'

export type NewAct = Omit<Act, 'at'>

/**
 * Throws `ApiFailure`: `not-found`, `over` when there is nothing to do about it any more, `invalid` for a snooze
 * that ends at the wrong time, `limit-reached`.
 */
export async function saveAct(
  alerts: AlertReads,
  { acts, changed }: Pick<NotifyDesk, 'acts' | 'changed'>,
  act: NewAct,
  now: UnixMs,
): Promise<Act> {
  const alert = await alerts.alert(act.environment, act.alert)
  if (!alert) throw notFound('alarm', act.alert)
  const fault = actFault(alert, await acts.acts(act.environment, act.alert))
  if (fault === 'too-many') {
    throw new ApiFailure('limit-reached', `there are ${MAX_ACTS} acts on this alarm already`)
  }
  if (fault) throw new ApiFailure('over', `the alarm is ${fault}: nothing is told of it any more`)
  refuseTimes(act, now)
  const saved = { ...act, at: now }
  await acts.saveAct(saved)
  changed()
  return saved
}

function refuseTimes({ kind, until }: NewAct, now: UnixMs): void {
  if (kind !== 'snooze') return
  if (until !== undefined && until > now && until <= now + MAX_SNOOZE_MS) return
  const expected = `a time within ${MAX_SNOOZE_MS / 86_400_000} days from now`
  const fields = [{ field: 'untilMs', expected }]
  throw new ApiFailure('invalid', `untilMs: expected ${expected}`, { fields })
}
