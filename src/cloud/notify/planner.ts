import { createHash } from 'node:crypto'
import { backoffMs } from '../../support/backoff.ts'
import type { Cancel, Clock } from '../../support/clock.ts'
import { messageOf } from '../../support/failure.ts'
import type { Log } from '../../support/log.ts'
import type { AlertChange } from '../alerts/alert.ts'
import { kindKey, kindOf } from './kind.ts'
import type { Notice } from './notice.ts'
import { concerned, decide, decideDigest } from './pipeline.ts'
import type { Audience, Convergence, Message, NewDelivery, Plan, PlanStore } from './ports.ts'
import type { Envelope, Facts } from './stages/stage.ts'

const BATCH = 200
/** What went wrong in this run, by environment. */
type Failed = Map<string, unknown>

const RETRY = { baseMs: 1_000, maxMs: 60_000 }

export interface PlannerOptions {
  readonly store: PlanStore
  readonly clock: Clock
  readonly log: Log
  readonly render: (notice: Notice) => Message
  /** Of one kind one message within this time. */
  readonly windowMs: number
  /** Deliveries were saved. */
  readonly onPlanned: () => void
}

/**
 * Turns saved changes into saved deliveries, one change after the other in their order, and digests by
 * the clock. A change stays pending until its plan is saved, so a crash at any point only plans it again.
 */
export class Planner {
  readonly #options: PlannerOptions
  #running: Promise<void> | undefined
  #again = false
  #stopped = false
  #timer: Cancel = () => {}
  #failures = 0

  constructor(options: PlannerOptions) {
    this.#options = options
  }

  /** There may be something to plan. Calls during a run make one more run. */
  wake(): void {
    if (this.#stopped) return
    this.#again = true
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
      if (this.#again) this.wake()
    })
  }

  /** Resolves when what was asked for so far has been planned or put off. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#again = false
    this.#timer()
    await this.idle()
  }

  async #run(): Promise<void> {
    this.#timer()
    const failed: Failed = new Map()
    try {
      while (this.#again && !this.#stopped) {
        this.#again = false
        await this.#planChanges(failed)
        await this.#planDigests(failed)
      }
      await this.#wakeInTime()
    } catch (error) {
      failed.set('', error)
    }
    const [error] = failed.values()
    if (failed.size > 0) return this.#putOff(error)
    if (this.#failures > 0) this.#options.log.info('planning works again')
    this.#failures = 0
  }

  #putOff(error: unknown): void {
    const { clock, log } = this.#options
    // Logged once: the tries that follow fail alike.
    if (this.#failures++ === 0)
      log.error({ error: messageOf(error) }, 'planning failed, trying again')
    this.#again = false
    this.#wakeAfter(backoffMs(Math.min(this.#failures, 20), RETRY), clock)
  }

  #wakeAfter(delayMs: number, clock: Clock): void {
    this.#timer()
    if (!this.#stopped) this.#timer = clock.after(delayMs, () => this.wake())
  }

  async #planChanges(failed: Failed): Promise<void> {
    const { store } = this.#options
    const audiences = new Map<string, Promise<Audience>>()
    for (;;) {
      const pending = await store.pendingChanges(BATCH, this.#now())
      for (const { id, change } of pending) {
        const { environment } = change.alert
        await this.#guarded(environment, failed, async () => {
          const audience = audiences.get(environment) ?? store.audience(environment)
          audiences.set(environment, audience)
          await this.#save(await this.#planned(change, await audience), String(id), id)
        })
      }
      if (pending.length < BATCH || failed.size > 0 || this.#stopped) return
    }
  }

  /** Changes of an environment stay in order, so one that fails ends its turn; others go on. */
  async #guarded(environment: string, failed: Failed, plan: () => Promise<void>): Promise<void> {
    if (this.#stopped || failed.has(environment)) return
    try {
      await plan()
    } catch (error) {
      failed.set(environment, error)
    }
  }

  async #planned(change: AlertChange, audience: Audience): Promise<Envelope> {
    const { store } = this.#options
    const convergences = await Promise.all(
      concerned(change, audience).map(({ id }) => store.convergence(kindOf(change.alert, id))),
    )
    return decide(change, {
      ...this.#facts(audience),
      convergences: convergences.filter((convergence) => convergence !== undefined),
      toldOf: change.kind === 'resolved' ? await store.toldOf(change.alert.id) : [],
    })
  }

  async #planDigests(failed: Failed): Promise<void> {
    const { store } = this.#options
    for (;;) {
      const due = await store.dueConvergences(this.#now(), BATCH)
      for (const convergence of due) {
        const { environment } = convergence.kind
        await this.#guarded(environment, failed, async () => {
          const envelope = decideDigest(convergence, this.#facts(await store.audience(environment)))
          await this.#save(envelope, digestName(convergence))
        })
      }
      if (due.length < BATCH || failed.size > 0 || this.#stopped) return
    }
  }

  /** Whole milliseconds: a clock that runs faster shows fractions. */
  #now(): number {
    return Math.floor(this.#options.clock.now())
  }

  #facts(audience: Audience): Facts {
    const { windowMs } = this.#options
    return { at: this.#now(), windowMs, audience, convergences: [], toldOf: [] }
  }

  /** `occasion` tells apart what one contact is told under one policy. */
  async #save(envelope: Envelope, occasion: string, change?: number): Promise<void> {
    const { store, log, render, onPlanned } = this.#options
    const plan: Plan = {
      ...(change !== undefined && { change }),
      deliveries: envelope.notices.map((notice) => ({
        ...deliveryOf(notice, occasion),
        message: render(notice),
        plannedAt: this.#now(),
        // A digest is caused by the end of its window, not by a batch.
        ...(change === undefined && { receivedAt: this.#now() }),
      })),
      convergences: envelope.convergences,
    }
    await store.savePlan(plan)
    log.debug({ alert: envelope.news.alert.id, trace: envelope.trace }, 'planned')
    if (plan.deliveries.length > 0) onPlanned()
  }

  /** For the next digest, and for what has waited long enough. */
  async #wakeInTime(): Promise<void> {
    const { store, clock } = this.#options
    const digestDue = (await store.firstDigestDue()) ?? Infinity
    const at = Math.min(digestDue, (await store.firstHoldEnd()) ?? Infinity)
    if (at !== Infinity) this.#wakeAfter(Math.max(0, at - clock.now()), clock)
  }
}

function digestName({ kind, toldAt, dueAt }: Convergence): string {
  return `${kindKey(kind)} ${toldAt} ${dueAt}`
}

function deliveryOf(
  { environment, policy, contact, receiver, headline, heldBack }: Notice,
  occasion: string,
): Omit<NewDelivery, 'message' | 'plannedAt'> {
  const identity = JSON.stringify([environment.id, policy.id, contact.id, occasion])
  const told = [headline, ...(heldBack?.changes.toReversed() ?? [])]
  return {
    id: createHash('sha256').update(identity).digest('hex').slice(0, 32),
    environment: environment.id,
    policy: policy.id,
    contact: contact.id,
    channel: receiver?.kind ?? 'mail',
    to: receiver?.id ?? contact.email,
    alerts: [...new Set(told.map(({ alert }) => alert.id))],
    receivedAt: headline.receivedAt,
  }
}
