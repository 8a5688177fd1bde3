import type { AlertChange } from '../../../../src/cloud/alerts/alert.ts'
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
} from '../../../../src/cloud/notify/ports.ts'

/** Both stores of notify in memory, as their ports say. */
export class MemoryStore implements PlanStore, OutboxStore, ReceiverStore {
  readonly audiences = new Map<string, Audience>()
  readonly deliveries = new Map<string, Delivery>()
  readonly convergences = new Map<string, Convergence>()
  readonly receivers: StoredReceiver[] = []
  #pending: PendingChange[] = []
  readonly #holds = new Map<number, number>()
  #nextId = 1

  /** @param holdUntil it waits for its cause. */
  saveChange(change: AlertChange, holdUntil = -Infinity): void {
    this.#pending.push({ id: this.#nextId++, change })
    this.#holds.set(this.#nextId - 1, holdUntil)
  }

  async pendingChanges(limit: number, now = 0): Promise<PendingChange[]> {
    return this.#pending.filter(({ id }) => this.#holdEnd(id) <= now).slice(0, limit)
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

  async convergence(kind: Kind): Promise<Convergence | undefined> {
    return this.convergences.get(kindKey(kind))
  }

  async dueConvergences(now: number, limit: number): Promise<Convergence[]> {
    return this.#holding()
      .filter(({ dueAt = Infinity }) => dueAt <= now)
      .slice(0, limit)
  }

  async firstDigestDue(): Promise<number | undefined> {
    return this.#holding()[0]?.dueAt
  }

  async toldOf(alert: string): Promise<{ policy: string; contact: string }[]> {
    return [...this.deliveries.values()].filter(({ alerts }) => alerts.includes(alert))
  }

  async savePlan({ change, deliveries, convergences }: Plan): Promise<void> {
    this.#pending = this.#pending.filter(({ id }) => id !== change)
    for (const convergence of convergences) {
      this.convergences.set(kindKey(convergence.kind), convergence)
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

  async claim({ now, leaseMs, shares, except = [] }: Claim): Promise<Delivery[]> {
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
    return [...this.convergences.values()]
      .filter(({ dueAt }) => dueAt !== undefined)
      .sort((a, b) => (a.dueAt ?? 0) - (b.dueAt ?? 0))
  }
}
