/** Who may send how much: a rate per environment, and bodies held in memory at one time. */
import type { Clock } from '../../support/clock.ts'
import type { EnvironmentId } from './ports.ts'

export interface AdmissionLimits {
  /** Of one environment; also how many may come at once after a silence. */
  readonly requestsPerSecond: number
  /** Bodies of one environment in memory. */
  readonly maxBodies: number
  /** Bodies of all environments in memory. */
  readonly maxBodiesInAll: number
}

interface Account {
  /** Requests it may send now. */
  credit: number
  countedAt: number
  bodies: number
}

export class Admission {
  readonly #limits: AdmissionLimits
  readonly #clock: Clock
  readonly #accounts = new Map<EnvironmentId, Account>()
  #bodies = 0

  constructor(limits: AdmissionLimits, clock: Clock) {
    this.#limits = limits
    this.#clock = clock
  }

  /** Lets one request in and returns how to say that it is done with; undefined when it must wait. */
  enter(environment: EnvironmentId): (() => void) | undefined {
    const { maxBodies, maxBodiesInAll } = this.#limits
    const account = this.#account(environment)
    if (account.credit < 1 || account.bodies >= maxBodies || this.#bodies >= maxBodiesInAll) {
      return undefined
    }
    account.credit--
    account.bodies++
    this.#bodies++
    return () => {
      account.bodies--
      this.#bodies--
    }
  }

  #account(environment: EnvironmentId): Account {
    const now = this.#clock.now()
    const { requestsPerSecond } = this.#limits
    const account = this.#accounts.get(environment) ?? {
      credit: requestsPerSecond,
      countedAt: now,
      bodies: 0,
    }
    this.#accounts.set(environment, account)
    const earned = (Math.max(0, now - account.countedAt) / 1000) * requestsPerSecond
    account.credit = Math.min(requestsPerSecond, account.credit + earned)
    account.countedAt = now
    return account
  }
}
