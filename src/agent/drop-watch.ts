import type { UnixMs } from '../model/time.ts'
import type { Cancel, Clock } from '../support/clock.ts'
import type { Panel } from './panel.ts'
import type { Drops } from './self-report.ts'

export interface DropWatchOptions {
  readonly drops: () => Drops
  readonly tell: Panel['tell']
  readonly clock: Clock
}

const LOOK_EVERY_MS = 10_000
/** Without drops for so long, they are over. */
const OVER_AFTER_MS = 600_000

/** Tells the operator that something is left out, and when that is over. */
export class DropWatch {
  readonly #options: DropWatchOptions
  #before = 0
  #lastAt: UnixMs | undefined
  #cancel: Cancel = () => {}

  constructor(options: DropWatchOptions) {
    this.#options = options
  }

  start(): void {
    const { clock } = this.#options
    this.#cancel = clock.after(LOOK_EVERY_MS, () => {
      this.#look(clock.now())
      this.start()
    })
  }

  stop(): void {
    this.#cancel()
  }

  #look(now: UnixMs): void {
    const { drops, tell } = this.#options
    const { rows, events, batches } = drops()
    const total = rows + events + batches
    if (total > this.#before) {
      this.#before = total
      this.#lastAt = now
      const since = `since the start ${rows} rows, ${events} events and ${batches} batches`
      void tell('warn', `data is left out, ${since}: see tars.viewstatus`, 'drops')
    } else if (this.#lastAt !== undefined && now - this.#lastAt >= OVER_AFTER_MS) {
      this.#lastAt = undefined
      void tell('normal', 'nothing is left out any more', 'drops')
    }
  }
}
