/** A sign of life to somebody who misses it when it stays out: healthchecks and its like. */
import type { Cancel, Clock } from '../support/clock.ts'
import { messageOf } from '../support/failure.ts'
import type { Log } from '../support/log.ts'

/** What does not answer within this is not well. */
const ANSWERS_WITHIN_MS = 10_000

/** @returns what is wrong with it; undefined: nothing. Rejecting says the same. */
export type Vital = () => Promise<string | undefined>

export interface LifeSignOptions {
  readonly everyMs: number
  readonly clock: Clock
  readonly log: Log
  /** By name: all must be well. */
  readonly vitals: Readonly<Record<string, Vital>>
  /** Rejects when it was not taken. */
  readonly send: () => Promise<void>
}

export class LifeSign {
  readonly #options: LifeSignOptions
  #timer: Cancel = () => {}
  #isStopped = false
  #trouble = ''
  #running: Promise<void> | undefined

  constructor(options: LifeSignOptions) {
    this.#options = options
  }

  /** One at once, and then one after the other. */
  start(): void {
    const { clock, everyMs } = this.#options
    this.#timer = clock.after(everyMs, () => {
      if (!this.#isStopped) this.start()
    })
    // One that is still under way must not pile up.
    this.#running ??= this.#give().finally(() => {
      this.#running = undefined
    })
  }

  async idle(): Promise<void> {
    await this.#running
  }

  stop(): void {
    this.#isStopped = true
    this.#timer()
  }

  async #give(): Promise<void> {
    const wrong = await this.#wrong()
    if (this.#isStopped) return
    try {
      if (wrong === '') await this.#options.send()
      this.#report(wrong)
    } catch (error) {
      this.#report(`it was not taken: ${messageOf(error)}`)
    }
  }

  async #wrong(): Promise<string> {
    const { vitals } = this.#options
    const found = await Promise.all(
      Object.entries(vitals).map(async ([name, vital]) => {
        const what = await this.#inTime(vital)
        return what === undefined ? [] : `${name}: ${what}`
      }),
    )
    return found.flat().join('; ')
  }

  async #inTime(vital: Vital): Promise<string | undefined> {
    const { promise, resolve } = Promise.withResolvers<string>()
    const cancel = this.#options.clock.after(ANSWERS_WITHIN_MS, () => resolve('does not answer'))
    try {
      return await Promise.race([vital(), promise])
    } catch (error) {
      return messageOf(error)
    } finally {
      cancel()
    }
  }

  /** Each trouble is logged once. */
  #report(trouble: string): void {
    if (this.#isStopped || trouble === this.#trouble) return
    this.#trouble = trouble
    const { log } = this.#options
    if (trouble === '') log.info('signs of life go out again')
    else log.error({ trouble }, 'no sign of life went out')
  }
}
