/** What reminders that are due decide. Pure. */
import type { AlertChange } from '../../alerts/alert.ts'
import { type Handling, handlingAt } from '../acts/act.ts'
import { decide } from '../pipeline.ts'
import { rejoined } from '../routing/rejoin.ts'
import { type Escalated, escalate } from '../stages/escalate.ts'
import type { Envelope, Facts } from '../stages/stage.ts'
import { type DueReminders, heldOn, SNOOZE_END, UNDONE } from './reminder.ts'

/** `news` is the last of `due.changes`. */
export function decideReminders(whole: DueReminders, news: AlertChange, facts: Facts): Escalated {
  const due = withoutHandled(whole, facts)
  const newest = due.changes.at(-1)
  if (!newest) {
    const reason = handlingOf(news, facts) ?? 'acknowledged'
    return {
      envelope: told(news, { stage: 'acts', policy: whole.policy, verdict: 'drop', reason }),
      reminders: [],
    }
  }
  if (due.policy === UNDONE) return undone(due, newest, facts)
  return due.policy === SNOOZE_END ? endOfSnooze(due, newest, facts) : escalate(due, newest, facts)
}

/** Somebody acted between the moment it was told and the moment that was saved. */
function withoutHandled(due: DueReminders, facts: Facts): DueReminders {
  const changes = due.changes.filter((change) => !handlingOf(change, facts))
  const left = new Set(changes.map(({ alert }) => alert.id))
  return { ...due, changes, reminders: due.reminders.filter(({ alert }) => left.has(alert)) }
}

function handlingOf({ alert }: AlertChange, { handled, at }: Facts): Handling | undefined {
  return handlingAt(handled?.get(alert.id), at)
}

/** It is told as if it fired now, to all whom its policies name; at the end of a mute, if it is muted. */
function endOfSnooze(due: DueReminders, change: AlertChange, facts: Facts): Escalated {
  const since = due.reminders[0]?.since ?? facts.at
  const again = { why: 'snooze-over', since } as const
  return orPutOff(due, decide(change, { ...facts, toldOf: [], again }), facts)
}

/** It is told as if it fired now to who was not told before; what was told stays told. */
function undone(due: DueReminders, change: AlertChange, facts: Facts): Escalated {
  const envelope = decide(change, facts)
  const convergences = [...envelope.convergences, ...rejoined(envelope, facts)]
  return orPutOff(due, { ...envelope, convergences }, facts)
}

function orPutOff(due: DueReminders, envelope: Envelope, facts: Facts): Escalated {
  const until = envelope.muted?.until
  if (until === undefined) return { envelope, reminders: [] }
  const isSaid = due.reminders.every(({ held }) => held)
  return {
    envelope: isSaid ? { ...envelope, trace: [] } : envelope,
    reminders: due.reminders.map((one) => heldOn(one, until, facts.at)),
  }
}

function told(news: AlertChange, decision: Envelope['trace'][number]): Envelope {
  return { news, tellings: [], notices: [], convergences: [], trace: [decision] }
}
