/** Acting on an alert, from the console and by a link of a message. */
import type { UnixMs } from '../../model/time.ts'
import { type Act, type ActFault, actFault, MAX_ACTS, MAX_SNOOZE_MS } from '../notify/acts/act.ts'
import { ApiFailure, notFound } from './api-failure.ts'
import type { NotifyDesk } from './notify-ports.ts'
import type { AlertReads } from './ports.ts'

export type NewAct = Omit<Act, 'at'>

/**
 * Throws `ApiFailure`: `not-found`, `over` when there is nothing to do about it any more, `not-handled` when there
 * is nothing to take back, `invalid` for a snooze that ends at the wrong time, `limit-reached`.
 */
export async function saveAct(
  alerts: AlertReads,
  { acts, changed }: Pick<NotifyDesk, 'acts' | 'changed'>,
  act: NewAct,
  now: UnixMs,
): Promise<Act> {
  const alert = await alerts.alert(act.environment, act.alert)
  if (!alert) throw notFound('alarm', act.alert)
  const saved = { ...act, at: now }
  const fault = actFault(alert, await acts.acts(act.environment, act.alert), saved)
  if (fault) throw refusal(fault)
  refuseTimes(act, now)
  await acts.saveAct(saved)
  changed()
  return saved
}

function refusal(fault: ActFault): ApiFailure {
  if (fault === 'too-many') {
    return new ApiFailure('limit-reached', `there are ${MAX_ACTS} acts on this alarm already`)
  }
  if (fault === 'not-handled') {
    return new ApiFailure(fault, 'nobody looks after the alarm: there is nothing to take back')
  }
  return new ApiFailure('over', `the alarm is ${fault}: nothing is told of it any more`)
}

function refuseTimes({ kind, until }: NewAct, now: UnixMs): void {
  if (kind !== 'snooze') return
  if (until !== undefined && until > now && until <= now + MAX_SNOOZE_MS) return
  const expected = `a time within ${MAX_SNOOZE_MS / 86_400_000} days from now`
  const fields = [{ field: 'untilMs', expected }]
  throw new ApiFailure('invalid', `untilMs: expected ${expected}`, { fields })
}
