/** Summaries when they are due: one for each period, also across restarts. */
import { createHash } from 'node:crypto'
import { isDrill } from '../../../model/drill.ts'
import type { UnixMs } from '../../../model/time.ts'
import type { Clock } from '../../../support/clock.ts'
import { messageOf } from '../../../support/failure.ts'
import type { Log } from '../../../support/log.ts'
import { Rounds } from '../../../support/rounds.ts'
import type { Alert } from '../../alerts/alert.ts'
import { handlingAt } from '../acts/act.ts'
import type { Audience, NewDelivery, StoredContact } from '../ports.ts'
import type { ActReads, KeptSubscription, PeopleStore, SummaryStore } from './ports.ts'
import { renderSummary } from './render-summary.ts'
import { type DuePeriod, lastPeriod, nextEnd, type Subscription } from './subscription.ts'
import { isQuiet, type Summary, summaryOf } from './summary.ts'

/** One that is this late is not news any more. */
export const MAX_LATE_MS = 6 * 3_600_000
/** Alarms of a period that are looked at. */
const MAX_ALARMS = 5_000
/** Unresolved ones. */
const MAX_FIRING = 500
/** Acts are asked for of so many alarms at once. */
const MAX_ACTS = 500
/** An agent comes every 10 s. */
const SILENT_MS = 60_000
const RETRY_MS = 60_000
/** What fired just before the end of a period is saved by then. */
const GRACE_MS = 2 * 60_000
/** Looked at so often at least: clocks are set, zones change. */
const LOOK_MS = 3_600_000

export interface SummarizerOptions {
  readonly store: SummaryStore
  readonly people: PeopleStore
  readonly acts: ActReads
  readonly clock: Clock
  readonly log: Log
  /** How people reach the console, without a slash at the end. */
  readonly publicUrl?: string
  /** Deliveries were saved. */
  readonly onPlanned: () => void
}

export class Summarizer {
  readonly #options: SummarizerOptions
  readonly #rounds: Rounds
  /** What failed last time: told once, the tries that follow fail alike. */
  readonly #failing = new Set<string>()

  constructor(options: SummarizerOptions) {
    this.#options = options
    this.#rounds = new Rounds(options.clock, () => this.#round())
  }

  /** At the start, and when subscriptions were changed. */
  wake(): void {
    this.#rounds.wake()
  }

  /** Resolves when what is due has been planned or put off. */
  idle(): Promise<void> {
    return this.#rounds.idle()
  }

  stop(): Promise<void> {
    return this.#rounds.stop()
  }

  async #round(): Promise<void> {
    const { store, clock } = this.#options
    let nextAt = this.#now() + LOOK_MS
    try {
      const all = await store.subscriptions()
      this.#failing.delete('')
      for (const kept of all) {
        if (this.#rounds.isStopped) return
        const isDone = await this.#make(kept)
        const at = isDone ? this.#nextDue(kept.subscription) : this.#now() + RETRY_MS
        nextAt = Math.min(nextAt, at)
      }
    } catch (error) {
      this.#failed('', { error: messageOf(error) })
      nextAt = this.#now() + RETRY_MS
    }
    this.#rounds.wakeAfter(Math.max(0, nextAt - clock.now()))
  }

  /** Whether the last period is done with. One that fails keeps no other waiting. */
  async #make({ subscription, madeTo }: KeptSubscription): Promise<boolean> {
    const { environment, id } = subscription
    const now = this.#now()
    const period = lastPeriod(subscription, now - GRACE_MS)
    if (period.to <= madeTo) return true
    const { store, log, onPlanned } = this.#options
    try {
      const isLate = now - period.to > MAX_LATE_MS
      if (isLate)
        log.warn({ environment, summary: id, due: period.to }, 'summary left out: too late')
      const deliveries = isLate ? [] : await this.#mails(subscription, period, now)
      await store.saveMade(subscription, period.to, deliveries)
      if (deliveries.length > 0) onPlanned()
      this.#failing.delete(`${environment} ${id}`)
      return true
    } catch (error) {
      this.#failed(`${environment} ${id}`, { environment, summary: id, error: messageOf(error) })
      return false
    }
  }

  async #mails(subscription: Subscription, period: DuePeriod, at: UnixMs): Promise<NewDelivery[]> {
    const audience = await this.#options.people.audience(subscription.environment)
    const readers = readersOf(subscription, audience)
    if (readers.length === 0) return []
    const summary = await this.#summary(subscription.environment, period, at)
    if (isQuiet(summary) && !subscription.evenIfQuiet) return []
    const { environmentName } = audience
    const { publicUrl } = this.#options
    return readers.map((contact) => {
      const mail = { subscription, summary, environmentName, contact, limit: MAX_ALARMS }
      const message = renderSummary({ ...mail, ...(publicUrl !== undefined && { publicUrl }) })
      return deliveryOf(subscription, contact, period, { message, plannedAt: at })
    })
  }

  async #summary(environment: string, period: DuePeriod, at: UnixMs): Promise<Summary> {
    const { store } = this.#options
    const fired = real(await store.firedIn(environment, period, MAX_ALARMS))
    const before = real(await store.firedIn(environment, period.before, MAX_ALARMS))
    return summaryOf({
      ...{ period, at, fired, before },
      isCut: Math.max(fired.length, before.length) === MAX_ALARMS,
      firing: real(await store.firing(environment, MAX_FIRING)),
      acknowledged: await this.#acknowledged(
        fired.map(({ id }) => id),
        at,
      ),
      silent: await store.silentSince(environment, at - SILENT_MS),
      failed: await store.failedIn(environment, period),
    })
  }

  async #acknowledged(alerts: readonly string[], at: UnixMs): Promise<number> {
    let count = 0
    for (let from = 0; from < alerts.length; from += MAX_ACTS) {
      const acts = await this.#options.acts.newestActs(alerts.slice(from, from + MAX_ACTS))
      count += acts.filter((act) =>
        ['acknowledged', 'closed'].includes(handlingAt(act, at) ?? ''),
      ).length
    }
    return count
  }

  #failed(name: string, fields: object): void {
    if (!this.#failing.has(name)) this.#options.log.error(fields, 'summary failed, trying again')
    this.#failing.add(name)
  }

  #nextDue(subscription: Subscription): UnixMs {
    return nextEnd(subscription, this.#now() - GRACE_MS) + GRACE_MS
  }

  /** Whole milliseconds: a clock that runs faster shows fractions. */
  #now(): UnixMs {
    return Math.floor(this.#options.clock.now())
  }
}

function real(alerts: readonly Alert[]): Alert[] {
  return alerts.filter(({ labels }) => !isDrill(labels))
}

/** Contacts whose address may be used, each once. */
function readersOf({ contacts, groups }: Subscription, audience: Audience): StoredContact[] {
  const named = (audience.groups ?? []).filter(({ id }) => groups.includes(id))
  const ids = new Set([...contacts, ...named.flatMap((group) => group.contacts)])
  return audience.contacts.filter(
    ({ id, email, address = {} }) =>
      ids.has(id) && email !== '' && !address.disabled && !address.unverified,
  )
}

/** The same however often it is planned: so it goes out once. */
function deliveryOf(
  { id, environment }: Subscription,
  contact: StoredContact,
  { to }: DuePeriod,
  said: Pick<NewDelivery, 'message' | 'plannedAt'>,
): NewDelivery {
  const identity = JSON.stringify(['summary', environment, id, contact.id, to])
  return {
    id: createHash('sha256').update(identity).digest('hex').slice(0, 32),
    ...{ environment, policy: '', contact: contact.id, channel: 'mail', to: contact.email },
    ...{ alerts: [], receivedAt: said.plannedAt, ...said },
  }
}
