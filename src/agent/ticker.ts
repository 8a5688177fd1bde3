import type { Cancel, Clock } from '../support/clock.ts'
import { messageOf } from '../support/failure.ts'
import type { Log } from '../support/log.ts'
import type { Outbox } from './spool/outbox.ts'
import type { ClosedWindow, Windows } from './window/windows.ts'

/** Closes windows when their time is over and hands them on. */
export class Ticker {
  readonly #windows: Windows
  readonly #outbox: Outbox
  readonly #clock: Clock
  readonly #log: Log
  #cancel: Cancel | undefined
  readonly #pending = new Set<Promise<void>>()
  /** Rows that lost detail or were left out, as told last. */
  #crowdedRows = 0
  #crowdedTicks = 0

  constructor(windows: Windows, outbox: Outbox, clock: Clock, log: Log) {
    this.#windows = windows
    this.#outbox = outbox
    this.#clock = clock
    this.#log = log
  }

  start(): void {
    const delayMs = this.#windows.nextEndMs - this.#clock.now()
    this.#cancel = this.#clock.after(Math.max(1, delayMs), () => {
      this.#tick()
      this.start()
    })
  }

  /** Hands on the open window too; of an agent that never listened there is none. */
  async stop(): Promise<void> {
    if (!this.#cancel) return
    this.#cancel()
    this.#tick()
    for (const window of this.#windows.closeAll()) this.#put(window)
    await Promise.all(this.#pending)
  }

  #tick(): void {
    const { windows, skipped } = this.#windows.close(this.#clock.now())
    if (skipped) this.#outbox.addUnknown({ ...skipped, reason: 'restart' })
    for (const window of windows) this.#put(window)
    this.#tellCrowded()
  }

  /** The 1st, 10th, 100th … time: a flood of keys must not fill the log. */
  #tellCrowded(): void {
    const { stat, property } = this.#windows.counts
    const foldedRows = stat.folded + property.folded
    const droppedRows = stat.dropped + property.dropped
    if (foldedRows + droppedRows === this.#crowdedRows) return
    this.#crowdedRows = foldedRows + droppedRows
    if (!Number.isInteger(Math.log10(++this.#crowdedTicks))) return
    const told = { foldedRows, droppedRows }
    this.#log.warn(told, 'agent: a window holds no more keys: detail is folded (max_keys)')
  }

  #put(window: ClosedWindow): void {
    const put = this.#outbox.putWindow(window).catch((error: unknown) => {
      this.#log.error({ endMs: window.endMs, error: messageOf(error) }, 'agent: a window was lost')
    })
    this.#pending.add(put)
    void put.finally(() => this.#pending.delete(put))
  }
}
