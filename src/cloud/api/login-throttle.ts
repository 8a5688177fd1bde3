import type { UnixMs } from '../../model/time.ts'

export interface ThrottleLimits {
  /** Failed tries of one name from one address within `windowMs`. */
  readonly perName: number
  /** Failed tries from one address, whatever the name. */
  readonly perAddress: number
  readonly windowMs: number
  /** Names and addresses remembered; the longest known is forgotten first. */
  readonly maxEntries: number
}

const LIMITS: ThrottleLimits = {
  perName: 5,
  perAddress: 30,
  windowMs: 15 * 60_000,
  maxEntries: 10_000,
}

/** Slows down who guesses passwords. A name alone is never locked: that would lock its owner out. */
export class LoginThrottle {
  readonly #limits: ThrottleLimits
  readonly #failures = new Map<string, { count: number; readonly since: UnixMs }>()

  constructor(limits: ThrottleLimits = LIMITS) {
    this.#limits = limits
  }

  /**
   * Counts a try before its password is checked, so that many at once are not let through together.
   * Returns how long to wait, 0 when the try may go on.
   */
  try(name: string, address: string, now: UnixMs): number {
    const { perName, perAddress } = this.#limits
    const keys = [
      { key: nameKey(name, address), limit: perName },
      { key: address, limit: perAddress },
    ]
    const waitMs = Math.max(...keys.map(({ key, limit }) => this.#waitMs(key, limit, now)))
    if (waitMs === 0) for (const { key } of keys) this.#count(key, now)
    return waitMs
  }

  /** The password was right: its tries do not count. */
  succeeded(name: string, address: string): void {
    this.#failures.delete(nameKey(name, address))
    const entry = this.#failures.get(address)
    if (entry) entry.count -= 1
  }

  #waitMs(key: string, limit: number, now: UnixMs): number {
    const entry = this.#failures.get(key)
    if (!entry) return 0
    const leftMs = entry.since + this.#limits.windowMs - now
    if (leftMs <= 0) this.#failures.delete(key)
    return entry.count >= limit ? Math.max(0, leftMs) : 0
  }

  #count(key: string, now: UnixMs): void {
    const entry = this.#failures.get(key)
    if (entry) entry.count += 1
    else this.#failures.set(key, { count: 1, since: now })
    const [oldest] = this.#failures.keys()
    if (this.#failures.size > this.#limits.maxEntries && oldest) this.#failures.delete(oldest)
  }
}

function nameKey(name: string, address: string): string {
  return `${address} ${name.toLowerCase()}`
}
