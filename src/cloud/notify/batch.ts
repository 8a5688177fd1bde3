/** Plans of several changes at once: what is decided of one counts for the next. */
import type { UnixMs } from '../../model/time.ts'
import type { AlertChange } from '../alerts/alert.ts'
import type { Act } from './acts/act.ts'
import { deliveryOf, toldBy } from './delivery.ts'
import { kindFor, kindKey } from './kind.ts'
import type { Notice } from './notice.ts'
import { concerned, decide, decideDigest } from './pipeline.ts'
import type { Audience, Convergence, Kind, Message, PendingChange, Plan, Told } from './ports.ts'
import { decideReminders } from './reminders/remind.ts'
import { type DueReminders, remindersOf, traceKindOf } from './reminders/reminder.ts'
import type { Inhibitor } from './routing/inhibition.ts'
import { INHIBITED } from './stages/inhibit.ts'
import type { Envelope, Facts, Telling } from './stages/stage.ts'
import { decisionsOf, traceLines } from './trace.ts'

/** What must be known to decide; each but the audiences only of what the batch is about. */
export interface Known {
  /** By environment. */
  readonly audiences: ReadonlyMap<string, Audience>
  readonly convergences: readonly Convergence[]
  /** Who was told of these alerts. */
  readonly told: readonly Told[]
  /** Alerts that waited for the end of a mute or of their source, or were told by a route, and are over. */
  readonly over: ReadonlySet<string>
  /** The newest act on each of these alerts and those held back. */
  readonly handled?: ReadonlyMap<string, Act>
  /** By environment, where there are rules of inhibition. */
  readonly inhibitors?: ReadonlyMap<string, Inhibitor>
}

export interface BatchOptions {
  readonly at: UnixMs
  /** Of one kind one message within this time. */
  readonly windowMs: number
  readonly render: (notice: Notice) => Message
}

/** Whose convergences must be known. */
export function kindsOf(pending: readonly PendingChange[], audiences: Known['audiences']): Kind[] {
  const kinds = pending.flatMap(({ change }) => {
    const audience = audiences.get(change.alert.environment)
    if (!audience) return []
    return concerned(change, audience).map((policy) => kindFor(change.alert, policy))
  })
  return [...new Map(kinds.map((kind) => [kindKey(kind), kind])).values()]
}

const IS_END = { isEnd: true } as const

export class Batch {
  readonly #known: Known
  readonly #options: BatchOptions
  readonly #convergences: Map<string, Convergence>
  readonly #told: Map<string, Told[]>

  constructor(known: Known, options: BatchOptions) {
    this.#known = known
    this.#options = options
    this.#convergences = new Map(known.convergences.map((each) => [kindKey(each.kind), each]))
    this.#told = Map.groupBy(known.told, ({ alert }) => alert)
  }

  /** In the order of the changes. Throws what deciding and rendering throw. */
  change({ id, change, muted }: PendingChange): Plan {
    const { alert } = change
    const { audience } = this.#facts(alert.environment)
    const envelope = decide(change, {
      ...this.#facts(alert.environment),
      convergences: this.#convergencesOf(change, audience),
      toldOf: this.#told.get(alert.id) ?? [],
      [muted === INHIBITED ? 'overInhibited' : 'over']:
        muted !== undefined && this.#known.over.has(alert.id),
    })
    const hold = envelope.muted && {
      muted: { ...envelope.muted, isFirst: envelope.muted.mute !== muted },
    }
    const plan = this.#keep({ change: id, ...this.#plan(envelope, String(id)), ...hold })
    // It waits as before: said once.
    const isSaid = muted === INHIBITED && envelope.muted?.mute === INHIBITED
    return isSaid ? { ...plan, traces: [] } : plan
  }

  digest(due: Convergence): Plan {
    const { environment } = due.kind
    const envelope = decideDigest(due, this.#facts(environment))
    const { deliveries, convergences, reminders } = this.#plan(envelope, digestName(due))
    const told = new Set(envelope.tellings.flatMap(alertsOf))
    const alerts = new Set([...due.held.map(({ alert }) => alert.id), ...told])
    const about = [...alerts].map((alert) => ({
      ...{ alert, lines: traceLines(decisionsOf(envelope.trace, alert, told)) },
    }))
    const { at } = this.#options
    return {
      convergences,
      // It is caused by the end of its window, not by a batch.
      deliveries: deliveries.map((delivery) => ({ ...delivery, receivedAt: at })),
      traces: about.flatMap(({ alert, lines }) =>
        lines.length > 0 ? { environment, alert, at, kind: 'digest', lines } : [],
      ),
      ...{ reminders, renewed: envelope.renewed ?? [] },
    }
  }

  reminders(due: DueReminders): Plan {
    const { environment, changes } = due
    const news = changes.at(-1)
    const done = { reminded: due.reminders, deliveries: [], convergences: [] }
    if (!news) return done
    const facts = this.#facts(environment)
    const { audience, at } = facts
    const convergences = this.#convergencesOf(news, audience)
    const toldOf = this.#told.get(news.alert.id) ?? []
    const decided = decideReminders(due, news, { ...facts, convergences, toldOf })
    const plan = this.#plan(decided.envelope, reminderName(due))
    const kind = traceKindOf(due)
    const told = new Set(decided.envelope.tellings.flatMap(alertsOf))
    const linesOf = (alert: string) => traceLines(decisionsOf(decided.envelope.trace, alert, told))
    return this.#keep({
      ...{ ...done, ...plan },
      deliveries: plan.deliveries.map((delivery) => ({ ...delivery, receivedAt: at })),
      traces: changes
        .map(({ alert: { id: alert } }) => ({
          environment,
          alert,
          at,
          kind,
          lines: linesOf(alert),
        }))
        .filter(({ lines }) => lines.length > 0),
      reminders: [...decided.reminders, ...plan.reminders],
    })
  }

  #convergencesOf(change: AlertChange, audience: Audience): Convergence[] {
    return concerned(change, audience).flatMap(
      (policy) => this.#convergences.get(kindKey(kindFor(change.alert, policy))) ?? [],
    )
  }

  #facts(environment: string): Facts {
    const { at, windowMs } = this.#options
    const audience = this.#known.audiences.get(environment)
    if (!audience) throw new RangeError(`who is told in ${environment} is not known`)
    const { handled = new Map(), inhibitors, over } = this.#known
    const inhibitor = inhibitors?.get(environment)
    return {
      ...{ at, windowMs, audience, convergences: [], toldOf: [], handled },
      ...{ inhibitor, ended: over },
    }
  }

  #plan({ news, tellings, notices, convergences, trace }: Envelope, occasion: string) {
    const { at, render } = this.#options
    const { kind, alert } = news
    const lines = traceLines(trace)
    return {
      deliveries: notices.map((notice) => ({
        ...deliveryOf(notice, occasion),
        message: render(notice),
        plannedAt: at,
        ...(notice.headline.kind === 'resolved' && IS_END),
      })),
      convergences,
      traces: [{ environment: alert.environment, alert: alert.id, at, kind, lines }],
      reminders: remindersOf(tellings, at),
    }
  }

  #keep(plan: Plan): Plan {
    for (const each of plan.convergences) this.#convergences.set(kindKey(each.kind), each)
    for (const delivery of plan.deliveries) {
      const told = toldBy(delivery)
      for (const alert of delivery.alerts) {
        const known = this.#told.get(alert)
        if (known) known.push({ alert, ...told })
        else this.#told.set(alert, [{ alert, ...told }])
      }
    }
    return plan
  }
}

function alertsOf({ headline, heldBack }: Telling): string[] {
  return [...(heldBack?.changes ?? []), headline].map(({ alert }) => alert.id)
}

/** The same until it was told. */
export function digestName({ kind, toldAt, dueAt }: Convergence): string {
  return `${kindKey(kind)} ${toldAt} ${dueAt}`
}

/** The same until it was told. */
export function reminderName({ environment, policy, step, reminders }: DueReminders): string {
  const alerts = reminders.map(({ alert, since }) => [alert, since])
  return JSON.stringify(['reminder', environment, policy, step, alerts])
}
