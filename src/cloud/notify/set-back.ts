/** A clock that is set back must not make messages wait for as long: what waits for a while has still to wait that while. */
import type { UnixMs } from '../../model/time.ts'
import type { Clock } from '../../support/clock.ts'
import { messageOf } from '../../support/failure.ts'
import type { Log } from '../../support/log.ts'
import { Rounds } from '../../support/rounds.ts'

const LOOK_MS = 5_000
/** Timers are not that exact, and clocks are put right by less all the time. */
const SLACK_MS = 1_000

export interface WaitStore {
  /** When something that is not sent yet was planned last, by the clock as it was then; undefined: nothing is. */
  lastPlanned(): Promise<UnixMs | undefined>
  /** What waits for a while ends so much earlier; not what waits for a time that people gave. All or none. */
  bringForward(byMs: number, now: UnixMs): Promise<void>
}

export interface SetBackOptions {
  readonly clock: Clock
  readonly log: Log
  readonly store: WaitStore
  /** What waits in the store is brought forward. */
  readonly onForward: (byMs: number) => void
}

/** Notices within seconds; at the start as far as something that is not sent yet was planned. */
export class SetBackWatch {
  readonly #options: SetBackOptions
  readonly #rounds: Rounds
  /** The clock shows this by now, unless it was set back. */
  #expected: UnixMs | undefined
  #owedMs = 0
  #isFailing = false

  constructor(options: SetBackOptions) {
    this.#options = options
    this.#rounds = new Rounds(options.clock, () => this.#round())
  }

  start(): void {
    this.#rounds.wake()
  }

  stop(): Promise<void> {
    return this.#rounds.stop()
  }

  async #round(): Promise<void> {
    const { clock, log, store } = this.#options
    try {
      const expected = this.#expected ?? (await store.lastPlanned()) ?? 0
      const now = Math.floor(clock.now())
      this.#expected = now
      if (expected - now > SLACK_MS) this.#owedMs += expected - now
      if (this.#owedMs > 0) await this.#forward(this.#owedMs, now)
      this.#isFailing = false
    } catch (error) {
      if (!this.#isFailing) log.error({ error: messageOf(error) }, 'cannot look at what waits')
      this.#isFailing = true
    }
    if (this.#expected !== undefined) this.#expected = Math.floor(clock.now()) + LOOK_MS
    this.#rounds.wakeAfter(LOOK_MS)
  }

  async #forward(byMs: number, now: UnixMs): Promise<void> {
    const { log, store, onForward } = this.#options
    await store.bringForward(byMs, now)
    this.#owedMs = 0
    log.warn({ byMs }, 'the clock was set back: what waits is due as much earlier')
    onForward(byMs)
  }
}
