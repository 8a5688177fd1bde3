import type { actsZh, escalationZh } from './acts-zh.ts'
import type { Texts } from './texts.ts'

export const actsEn: Texts<typeof actsZh> = {
  title: 'Handling',
  nobody: 'Nobody looks after this alarm yet.',
  over: 'The alarm is over.',
  empty: 'Nobody did anything about it.',
  kinds: {
    acknowledge: 'Acknowledge',
    snooze: 'Snooze',
    close: 'Close',
    undo: 'Take back',
    note: 'Add a note',
  },
  undo: { acknowledged: 'Unacknowledge', snoozed: 'End the snooze', closed: 'Reopen' },
  states: { acknowledged: 'acknowledged', snoozed: 'snoozed', closed: 'closed' },
  did: {
    acknowledge: 'acknowledged the alarm',
    snooze: 'snoozed the alarm',
    close: 'closed the alarm',
    undo: 'took back what was done',
    note: 'added a note',
  },
  notes: {
    acknowledge:
      'Somebody looks after it: nothing more is told, and nothing escalates. That it is over is told.',
    snooze:
      'Nothing is told, and nothing escalates, until then; if it still fires then it is told again. That it is over is told.',
    close:
      'Nothing more is told of this run, not even that it is over. When it comes back it is told as ever.',
    undo: 'Nobody looks after it then: who was not told of it is told now, and what escalates goes on with the time that was left. Who was told is not told again.',
    note: 'It is kept here; nothing else changes.',
  },
  until: 'until',
  length: 'For',
  hours: { '1': '1 hour', '4': '4 hours', '24': '1 day', '72': '3 days' },
  note: 'Note',
  noteHint: 'such as: rolling back',
  byLink: 'by the link of a message',
  saved: 'Saved',
  unacknowledged: 'unacknowledged',
  faults: {
    note: 'A note is needed; up to 500 characters on one line',
    untilMs: 'Within 7 days',
  },
}

export const escalationEn: Texts<typeof escalationZh> = {
  title: 'Escalation',
  intro: 'Who else is told when nobody acknowledges an alarm, or no message of it can be sent.',
  none: 'none',
  add: 'Add a step',
  after: 'Minutes after it was told',
  unless: 'When',
  when: { acknowledged: 'nobody acknowledged it', delivered: 'nobody could be reached' },
  whom: 'Also tell',
  kinds: { contacts: 'contact', groups: 'group', rotas: 'rota', receivers: 'channel' },
  summary: 'Escalates after {minutes} min',
  faults: {
    afterMinutes: 'A whole number from 1 to 1440, more than the step before',
    whom: 'Somebody to be told; who was removed is to be chosen anew',
  },
}
