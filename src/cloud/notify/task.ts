import { type Batch, digestName, reminderName } from './batch.ts'
import type { Convergence, PendingChange, Plan } from './ports.ts'
import { type DueReminders, traceKindOf } from './reminders/reminder.ts'
import type { Trace } from './trace.ts'

/** Something to plan. */
export interface Task {
  readonly environment: string
  /** The same at each try. */
  readonly name: string
  readonly plan: (batch: Batch) => Plan
  /** What becomes of it when it cannot be planned. */
  readonly aside: (why: string) => Plan
}

export function taskOf(pending: PendingChange, at: number): Task {
  const { id, change } = pending
  const { environment, id: alert } = change.alert
  return {
    environment,
    name: `change ${id}`,
    plan: (batch) => batch.change(pending),
    aside: (why) => ({
      ...{ change: id, deliveries: [], convergences: [] },
      traces: [notPlanned({ environment, alert, at, kind: change.kind }, why)],
    }),
  }
}

export function digestTaskOf(due: Convergence, at: number): Task {
  const { environment } = due.kind
  const { kind, toldAt, scope, held } = due
  return {
    environment,
    name: `digest ${digestName(due)}`,
    plan: (batch) => batch.digest(due),
    aside: (why) => ({
      deliveries: [],
      convergences: [{ kind, toldAt, scope, held: [], heldCount: 0 }],
      traces: [...new Set(held.map(({ alert }) => alert.id))].map((alert) =>
        notPlanned({ environment, alert, at, kind: 'digest' }, why),
      ),
    }),
  }
}

export function reminderTaskOf(due: DueReminders, at: number): Task {
  const { environment, reminders } = due
  const kind = traceKindOf(due)
  return {
    environment,
    name: reminderName(due),
    plan: (batch) => batch.reminders(due),
    aside: (why) => ({
      ...{ reminded: reminders, deliveries: [], convergences: [] },
      traces: reminders.map(({ alert }) => notPlanned({ environment, alert, at, kind }, why)),
    }),
  }
}

function notPlanned(about: Omit<Trace, 'lines'>, why: string): Trace {
  const line = { stage: 'plan', verdict: 'drop', reason: 'not-plannable', policies: [] } as const
  return { ...about, lines: [{ ...line, error: why.slice(0, 500) }] }
}
