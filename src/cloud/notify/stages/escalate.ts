/** One step of an escalation: who else is told of alerts that nobody acknowledged, or that reached nobody. */
import type { UnixMs } from '../../../model/time.ts'
import type { AlertChange } from '../../alerts/alert.ts'
import type { Again } from '../notice.ts'
import type { EscalationStep, Policy } from '../policy.ts'
import { type DueReminders, heldOn, nextReminder, type Reminder } from '../reminders/reminder.ts'
import { address, toldBy } from './address.ts'
import { muteOf } from './mute.ts'
import type { Decision, Envelope, Facts, Telling } from './stage.ts'
import { holdEnd } from './times.ts'

export interface Escalated {
  readonly envelope: Envelope
  /** When these alerts are looked at again. */
  readonly reminders: readonly Reminder[]
}

/**
 * Who else is told of `due.changes`, of which `news` is the last, in one message. Mutes and the hours of the policy hold
 * an escalation back, too.
 */
export function escalate(due: DueReminders, news: AlertChange, facts: Facts): Escalated {
  const { audience, at } = facts
  const policy = audience.policies.find(({ id }) => id === due.policy)
  const step = policy?.escalation?.[due.step]
  if (!policy || !step || policy.off) {
    const reason = policy?.off ? 'policy-off' : 'policy-gone'
    return { envelope: ended(news, due, reason), reminders: [] }
  }
  const waits = waitsOf(due, policy, facts)
  const reminders = due.reminders.flatMap((one) => {
    const { until } = waits.get(one.alert) ?? {}
    return until ? heldOn(one, until, at) : (nextReminder(one, policy.escalation ?? [], at) ?? [])
  })
  const ripe = due.changes.filter(({ alert }) => !waits.has(alert.id))
  const told = ripe.filter(({ alert }) => isDue(step, due, alert.id))
  const trace = leftOut(due, told, waits)
  const start: Envelope = { news, tellings: [], notices: [], convergences: [], trace }
  const headline = told.at(-1)
  if (!headline) return { envelope: start, reminders }
  const again = againOf({ ...due, changes: told }, step, policy)
  const telling: Telling = {
    ...{ policy, headline, again, contacts: toldBy(step, audience, at) },
    ...(told.length > 1 && { heldBack: othersOf(told) }),
  }
  const decided = {
    stage: 'escalate',
    policy: policy.id,
    verdict: 'tell',
    reason: again.why,
  } as const
  const envelope = { ...start, tellings: [telling], trace: [...trace, decided] }
  return { envelope: address(envelope, facts), reminders }
}

function ended(news: AlertChange, { policy }: DueReminders, reason: Decision['reason']): Envelope {
  const decision: Decision = { stage: 'escalate', policy, verdict: 'drop', reason }
  return { news, tellings: [], notices: [], convergences: [], trace: [decision] }
}

/** Why the others are not told now; that one waits is said once. */
function leftOut(
  { policy, changes, reminders }: DueReminders,
  told: readonly AlertChange[],
  waits: ReadonlyMap<string, Wait>,
): Decision[] {
  const said = new Set(reminders.filter(({ held }) => held).map(({ alert }) => alert))
  return changes
    .filter((change) => !told.includes(change))
    .filter(({ alert: { id } }) => !(said.has(id) && waits.has(id)))
    .map(({ alert: { id } }): Decision => {
      const { reason } = waits.get(id) ?? {}
      const why = reason
        ? ({ verdict: 'hold', reason } as const)
        : ({ verdict: 'drop', reason: 'delivered' } as const)
      return { stage: 'escalate', policy, alert: id, ...why }
    })
}

interface Wait {
  readonly until: UnixMs
  readonly reason: 'muted' | 'outside-hours'
}

/** By alert. */
function waitsOf({ changes }: DueReminders, { hours }: Policy, facts: Facts): Map<string, Wait> {
  const { audience, at } = facts
  const waits = new Map<string, Wait>()
  for (const { alert } of changes) {
    const muted = muteOf(alert, audience, at)
    const until = muted?.until ?? holdEnd(hours, alert.severity, audience, at)
    const reason = muted ? 'muted' : 'outside-hours'
    if (until !== undefined) waits.set(alert.id, { until, reason })
  }
  return waits
}

function isDue({ unless }: EscalationStep, { delivered }: DueReminders, alert: string): boolean {
  return unless === 'acknowledged' || !delivered.has(alert)
}

function othersOf(told: readonly AlertChange[]) {
  const changes = told.slice(0, -1)
  const since = Math.min(...changes.map(({ at }) => at))
  return { changes, count: changes.length, since }
}

function againOf(
  { step, reminders, changes }: DueReminders,
  { unless }: EscalationStep,
  { escalation = [] }: Policy,
) {
  const told = new Set(changes.map(({ alert }) => alert.id))
  const sinces = reminders.filter(({ alert }) => told.has(alert)).map(({ since }) => since)
  return {
    why: unless === 'acknowledged' ? 'not-acknowledged' : 'not-delivered',
    ...{ step: step + 1, steps: escalation.length, since: Math.min(...sinces) },
  } as const satisfies Again
}
