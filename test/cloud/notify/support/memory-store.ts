import type { Alert, AlertChange } from '../../../../src/cloud/alerts/alert.ts'
import { toldBy } from '../../../../src/cloud/notify/delivery.ts'
import { kindKey } from '../../../../src/cloud/notify/kind.ts'
import { type Lane, laneOf } from '../../../../src/cloud/notify/lane.ts'
import type {
  Audience,
  Claim,
  Convergence,
  Delivery,
  Kind,
  OutboxStore,
  Outcome,
  PendingChange,
  Plan,
  PlanStore,
  ReceiverStore,
  Result,
  StoredReceiver,
  Told,
} from '../../../../src/cloud/notify/ports.ts'
import type { Trace } from '../../../../src/cloud/notify/trace.ts'

/** Both stores of notify in memory, as their ports say. */
export class MemoryStore implements PlanStore, OutboxStore, ReceiverStore {
  readonly audiences = new Map<string, Audience>()
  readonly deliveries = new Map<string, Delivery>()
  readonly convergenceRows = new Map<string, Convergence>()
  readonly receivers: StoredReceiver[] = []
  readonly traces: Trace[] = []
  /** Alerts that are over. */
  readonly over = new Set<string>()
  readonly firingAlerts: Alert[] = []
  #pending: PendingChange[] = []
  readonly #holds = new Map<number, number>()
  #nextId = 1

  /** What waits is looked at again. */
  letGo(): void {
    this.#holds.clear()
  }

  /** @param holdUntil it waits for its cause. */
  saveChange(change: AlertChange, holdUntil = -Infinity): void {
    this.#pending.push({ id: this.#nextId++, change })
    this.#holds.set(this.#nextId - 1, holdUntil)
  }

  async pendingChanges(
    limit: number,
    now = 0,
    except: readonly string[] = [],
  ): Promise<PendingChange[]> {
    return this.#pending
      .filter(({ id }) => this.#holdEnd(id) <= now)
      .filter(({ change }) => !except.includes(change.alert.environment))
      .slice(0, limit)
  }

  async firstHoldEnd(): Promise<number | undefined> {
    const ends = this.#pending.map(({ id }) => this.#holdEnd(id)).filter(Number.isFinite)
    return ends.length > 0 ? Math.min(...ends) : undefined
  }

  #holdEnd(id: number): number {
    return this.#holds.get(id) ?? -Infinity
  }

  async audience(environment: string): Promise<Audience> {
    return (
      this.audiences.get(environment) ?? {
        environmentName: environment,
        policies: [],
        contacts: [],
      }
    )
  }

  async convergences(kinds: readonly Kind[]): Promise<Convergence[]> {
    return kinds.flatMap((kind) => this.convergenceRows.get(kindKey(kind)) ?? [])
  }

  async dueConvergences(
    now: number,
    limit: number,
    except: readonly string[] = [],
  ): Promise<Convergence[]> {
    return this.#holding()
      .filter(({ kind }) => !except.includes(kind.environment))
      .filter(({ dueAt = Infinity }) => dueAt <= now)
      .slice(0, limit)
  }

  async firstDigestDue(): Promise<number | undefined> {
    return this.#holding()[0]?.dueAt
  }

  async toldOf(alerts: readonly string[]): Promise<Told[]> {
    return [...this.deliveries.values()].flatMap((delivery) =>
      delivery.alerts
        .filter((alert) => alerts.includes(alert))
        .map((alert) => ({ alert, ...toldBy(delivery) })),
    )
  }

  async overOf(_environment: string, alerts: readonly string[]): Promise<string[]> {
    return alerts.filter((alert) => this.over.has(alert))
  }

  async firing(environment: string): Promise<Alert[]> {
    return this.firingAlerts.filter((alert) => alert.environment === environment)
  }

  async savePlans(plans: readonly Plan[]): Promise<void> {
    for (const plan of plans) this.#savePlan(plan)
  }

  #savePlan({ change, deliveries, convergences, muted, traces = [], renewed = [] }: Plan): void {
    this.traces.push(...traces)
    for (const one of renewed) this.saveChange(one)
    if (muted?.until !== undefined && change !== undefined) {
      const { mute, until } = muted
      this.#holds.set(change, until)
      this.#pending = this.#pending.map((one) =>
        one.id === change ? { ...one, muted: mute } : one,
      )
      return
    }
    this.#pending = this.#pending.filter(({ id }) => id !== change)
    for (const convergence of convergences) {
      this.convergenceRows.set(kindKey(convergence.kind), convergence)
    }
    for (const delivery of deliveries) {
      if (this.deliveries.has(delivery.id)) continue
      const fresh = { state: 'waiting', attempts: 0, maybeRepeated: false } as const
      this.deliveries.set(delivery.id, { ...delivery, ...fresh, dueAt: delivery.plannedAt })
    }
  }

  async lanes(): Promise<Lane[]> {
    const lanes = Map.groupBy(this.#open(), laneOf)
    return [...lanes].map(([lane, [first]]) => ({ lane, dueAt: first?.dueAt ?? 0 }))
  }

  async claim({ now, leaseMs, shares, except = [], results = [] }: Claim): Promise<Delivery[]> {
    await this.finish(results)
    const due = this.#open().filter(({ id, dueAt }) => dueAt <= now && !except.includes(id))
    const claimed = shares
      .flatMap(({ lane, limit }) => due.filter((one) => laneOf(one) === lane).slice(0, limit))
      .map(
        (delivery): Delivery => ({
          ...delivery,
          state: 'sending',
          attempts: delivery.attempts + 1,
          dueAt: now + leaseMs,
          maybeRepeated: delivery.maybeRepeated || delivery.state === 'sending',
        }),
      )
    for (const delivery of claimed) this.deliveries.set(delivery.id, delivery)
    return claimed
  }

  async finish(results: readonly Result[]): Promise<void> {
    for (const { id, outcome } of results) this.#finish(id, outcome)
  }

  #finish(id: string, outcome: Outcome): void {
    const delivery = this.deliveries.get(id)
    if (!delivery) throw new RangeError(`no delivery ${id}`)
    const { state, answer } = outcome
    this.deliveries.set(id, {
      ...delivery,
      state,
      answer,
      ...(outcome.state === 'sent' && { sentAt: outcome.at }),
      ...(outcome.state === 'waiting' && {
        dueAt: outcome.dueAt,
        maybeRepeated: delivery.maybeRepeated || outcome.maybeRepeated === true,
      }),
    })
  }

  async receiver(environment: string, id: string): Promise<StoredReceiver | undefined> {
    return this.receivers.find((one) => one.environment === environment && one.id === id)
  }

  async disableReceiver(environment: string, id: string, why: string, at: number): Promise<void> {
    const index = this.receivers.findIndex(
      (one) => one.environment === environment && one.id === id,
    )
    const known = this.receivers[index]
    if (known) this.receivers[index] = { ...known, disabled: { at, why } }
  }

  #open(): Delivery[] {
    return [...this.deliveries.values()]
      .filter(({ state }) => state === 'waiting' || state === 'sending')
      .sort((a, b) => a.dueAt - b.dueAt)
  }

  #holding(): Convergence[] {
    return [...this.convergenceRows.values()]
      .filter(({ dueAt }) => dueAt !== undefined)
      .sort((a, b) => (a.dueAt ?? 0) - (b.dueAt ?? 0))
  }
}
