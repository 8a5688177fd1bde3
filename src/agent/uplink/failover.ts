/** Which of the cloud's addresses is asked, and when. Pure. */

/** The first address is the one that is wanted: it is asked again so long after it failed. */
const FIRST_AGAIN_MS = 600_000
const MAX_HOLD_MS = 3_600_000

export class Failover {
  #current = 0
  #firstFailedAt = 0
  /** Until when each must not be asked, because it said so. */
  readonly #heldUntil: number[]

  constructor(addresses: number) {
    this.#heldUntil = Array.from({ length: addresses }, () => 0)
  }

  /** All addresses, the one to ask first before the others. */
  order(now: number): number[] {
    const all = [...this.#heldUntil.keys()]
    const ring = [...all.slice(this.#current), ...all.slice(0, this.#current)]
    const firstAgain = Math.abs(now - this.#firstFailedAt) >= FIRST_AGAIN_MS
    return firstAgain ? [0, ...ring.filter((each) => each !== 0)] : ring
  }

  /** It stays the one to ask. */
  worked(address: number): void {
    this.#current = address
    this.#heldUntil[address] = 0
  }

  failed(address: number, now: number): void {
    if (address === 0) this.#firstFailedAt = now
  }

  hold(address: number, untilMs: number): void {
    this.#heldUntil[address] = untilMs
  }

  /** How long it must not be asked; a clock that was set back does not lengthen it. */
  heldMs(address: number, now: number): number {
    const ms = (this.#heldUntil[address] ?? 0) - now
    return ms > MAX_HOLD_MS ? 0 : Math.max(0, ms)
  }
}
