import type { Cancel, Clock } from '../../support/clock.ts'
import type { Result } from './ports.ts'

/** They are stored when many have come, half of those awaited, or so long after the first: a commit each is slow. */
const STORED = { most: 16, withinMs: 20 }

/** Answers that are not stored yet. Whatever else wakes the sender leaves them until they are due. */
export class Answers {
  readonly #clock: Clock
  readonly #onDue: () => void
  #results: Result[] = []
  /** So many of them, the first, are being stored. */
  #storing = 0
  #areDue = false
  #soon: Cancel | undefined

  /** @param onDue They are to be taken. */
  constructor(clock: Clock, onDue: () => void) {
    this.#clock = clock
    this.#onDue = onDue
  }

  get size(): number {
    return this.#results.length
  }

  /** @param flights Deliveries whose answers are not stored, this one among them. */
  add(result: Result, flights: number): void {
    this.#results.push(result)
    const fresh = this.#results.length - this.#storing
    const areMany = fresh >= STORED.most || 2 * fresh >= flights - this.#storing
    if (areMany) this.#fallDue()
    else this.#soon ??= this.#clock.after(STORED.withinMs, () => this.#fallDue())
  }

  /** Those to store now; `stored` or `failed` follows. */
  take(isEnd: boolean): Result[] {
    const taken = this.#areDue || isEnd ? [...this.#results] : []
    this.#areDue = false
    this.#storing = taken.length
    return taken
  }

  stored(results: readonly Result[]): void {
    const stored = new Set(results)
    this.#results = this.#results.filter((result) => !stored.has(result))
    this.#storing = 0
  }

  /** What was taken is not stored: it is taken again. */
  failed(): void {
    this.#areDue = true
    this.#storing = 0
  }

  /** They are nobody's any more. */
  drop(): Result[] {
    return this.#results.splice(0)
  }

  #fallDue(): void {
    this.#soon?.()
    this.#soon = undefined
    this.#areDue = true
    this.#onDue()
  }
}
