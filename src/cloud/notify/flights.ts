/** Deliveries in our hands: from their claim until their answer is stored. */
import { doorOf } from './lane.ts'
import type { Delivery } from './ports.ts'

interface Flight {
  readonly delivery: Delivery
  readonly landed: Promise<void>
  readonly land: () => void
}

export class Flights {
  readonly #flights = new Map<Delivery['id'], Flight>()

  get size(): number {
    return this.#flights.size
  }

  has(id: Delivery['id']): boolean {
    return this.#flights.has(id)
  }

  begin(delivery: Delivery): void {
    const { promise: landed, resolve: land } = Promise.withResolvers<void>()
    this.#flights.set(delivery.id, { delivery, landed, land })
  }

  /** @returns what has landed, the first time. */
  land(id: Delivery['id']): Delivery | undefined {
    const flight = this.#flights.get(id)
    this.#flights.delete(id)
    flight?.land()
    return flight?.delivery
  }

  /** Those that are still in our hands when `landing` are not. */
  without(landing: ReadonlySet<Delivery['id']>): Delivery[] {
    const flying = [...this.#flights.values()].map(({ delivery }) => delivery)
    return flying.filter(({ id }) => !landing.has(id))
  }

  /** Resolves when all that fly now have landed. */
  async landed(): Promise<void> {
    await Promise.all([...this.#flights.values()].map((flight) => flight.landed))
  }
}

/** How many there are at each door. */
export function countByDoor(deliveries: readonly Delivery[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const delivery of deliveries) {
    const door = doorOf(delivery)
    counts.set(door, (counts.get(door) ?? 0) + 1)
  }
  return counts
}
