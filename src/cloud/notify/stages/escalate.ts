/** One step of an escalation: who else is told of alerts that nobody acknowledged, or that reached nobody. */
import type { UnixMs } from '../../../model/time.ts'
import type { AlertChange } from '../../alerts/alert.ts'
import type { Again } from '../notice.ts'
import type { EscalationStep, Policy } from '../policy.ts'
import { type DueReminders, nextReminder, type Reminder } from '../reminders/reminder.ts'
import { address, toldBy } from './address.ts'
import { muteOf } from './mute.ts'
import type { Decision, Envelope, Facts } from './stage.ts'
import { holdEnd } from './times.ts'

export interface Escalated {
  readonly envelope: Envelope
  /** When these alerts are looked at again. */
  readonly reminders: readonly Reminder[]
}

/** `news` is the newest of `due.changes`. Mutes and the hours of the policy hold an escalation back, too. */
export function escalate(due: DueReminders, news: AlertChange, facts: Facts): Escalated {
  const { audience, at } = facts
  const start: Envelope = { news, tellings: [], notices: [], convergences: [], trace: [] }
  const policy = audience.policies.find(({ id }) => id === due.policy)
  const step = policy?.escalation?.[due.step]
  const say = (verdict: Decision['verdict'], reason: Decision['reason']): Envelope => ({
    ...start,
    trace: [{ stage: 'escalate', policy: due.policy, verdict, reason }],
  })
  if (!policy || !step) return { envelope: say('drop', 'policy-gone'), reminders: [] }
  if (policy.off) return { envelope: say('drop', 'policy-off'), reminders: [] }
  const later = (until: UnixMs) => due.reminders.map((one) => ({ ...one, dueAt: until }))
  const muteEnds = new Map(
    due.changes.map(({ alert }) => [alert.id, muteOf(alert, audience, at)?.until]),
  )
  const muted = [...muteEnds.values()].filter((until) => until !== undefined)
  if (muted.length === muteEnds.size) {
    return { envelope: say('hold', 'muted'), reminders: later(Math.min(...muted)) }
  }
  const hours = holdEnd(policy.hours, news.alert.severity, audience, at)
  if (hours !== undefined) {
    return { envelope: say('hold', 'outside-hours'), reminders: later(hours) }
  }
  const next = due.reminders.flatMap((one) => {
    const dueAt = muteEnds.get(one.alert)
    return dueAt ? { ...one, dueAt } : (nextReminder(one, policy.escalation ?? [], at) ?? [])
  })
  const told = due.changes.filter(
    ({ alert }) => !muteEnds.get(alert.id) && isDue(step, due, alert.id),
  )
  const headline = told.at(-1)
  if (!headline) return { envelope: say('drop', 'delivered'), reminders: next }
  const telling = {
    ...{ policy, headline, again: againOf(due, step, policy) },
    ...(told.length > 1 && { heldBack: othersOf(told) }),
    contacts: toldBy(step, audience, at),
  }
  const envelope = say('tell', telling.again.why)
  return { envelope: address({ ...envelope, tellings: [telling] }, facts), reminders: next }
}

function isDue({ unless }: EscalationStep, { delivered }: DueReminders, alert: string): boolean {
  return unless === 'acknowledged' || !delivered.has(alert)
}

function othersOf(told: readonly AlertChange[]) {
  const changes = told.slice(0, -1)
  return { changes, count: changes.length, since: changes[0]?.at ?? 0 }
}

function againOf({ step, reminders }: DueReminders, { unless }: EscalationStep, policy: Policy) {
  return {
    why: unless === 'acknowledged' ? 'not-acknowledged' : 'not-delivered',
    step: step + 1,
    steps: policy.escalation?.length ?? 0,
    since: Math.min(...reminders.map(({ since }) => since)),
  } as const satisfies Again
}
