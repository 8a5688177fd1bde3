/** What reminders that are due decide. Pure. */
import type { AlertChange } from '../../alerts/alert.ts'
import { type Handling, handlingAt } from '../acts/act.ts'
import { decide } from '../pipeline.ts'
import { type Escalated, escalate } from '../stages/escalate.ts'
import { muteOf } from '../stages/mute.ts'
import type { Envelope, Facts } from '../stages/stage.ts'
import type { DueReminders } from './reminder.ts'

/** `news` is the newest of `due.changes`. */
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
  return due.policy === '' ? endOfSnooze(due, newest, facts) : escalate(due, newest, facts)
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

/** It is told as if it fired now, to all whom its policies name. */
function endOfSnooze(due: DueReminders, change: AlertChange, facts: Facts): Escalated {
  const muted = muteOf(change.alert, facts.audience, facts.at)
  if (muted) {
    const { mute, until } = muted
    const decision = {
      stage: 'mute',
      policy: '',
      mute: mute.id,
      verdict: 'hold',
      reason: 'muted',
    } as const
    return {
      envelope: told(change, decision),
      reminders: due.reminders.map((one) => ({ ...one, dueAt: until })),
    }
  }
  const since = due.reminders[0]?.since ?? facts.at
  return {
    envelope: decide(change, { ...facts, toldOf: [], again: { why: 'snooze-over', since } }),
    reminders: [],
  }
}

function told(news: AlertChange, decision: Envelope['trace'][number]): Envelope {
  return { news, tellings: [], notices: [], convergences: [], trace: [decision] }
}
