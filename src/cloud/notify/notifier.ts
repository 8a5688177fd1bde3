import type { Clock } from '../../support/clock.ts'
import type { Log } from '../../support/log.ts'
import { type ChannelConfigs, openChannels, RENDER } from './channels/registry.ts'
import { Planner } from './planner.ts'
import type { Delivery, OutboxStore, PlanStore } from './ports.ts'
import { Sender, type SenderCounters } from './sender.ts'

/** Default of `NotifierOptions.windowMs`: convergence as users know it. */
export const CONVERGENCE_MS = 10 * 60_000

export interface NotifierOptions {
  readonly plans: PlanStore
  readonly outbox: OutboxStore
  readonly clock: Clock
  readonly log: Log
  readonly channels: ChannelConfigs
  /** Of one kind of alarm one message within this time. */
  readonly windowMs?: number
  /** How people reach the console: links in messages. */
  readonly publicUrl?: string
  /** A delivery was taken by its channel, at this instant of the clock. */
  readonly onSent?: (delivery: Delivery, at: number) => void
}

/** From saved alert changes to sent messages. */
export class Notifier {
  readonly #planner: Planner
  readonly #sender: Sender
  readonly #log: Log
  readonly #hasChannel: boolean

  /** @throws {ChannelFailure} a channel's settings cannot be used. */
  constructor(options: NotifierOptions) {
    const { plans, outbox, clock, log, windowMs = CONVERGENCE_MS, publicUrl } = options
    const channels = openChannels(options.channels)
    const surroundings = publicUrl === undefined ? {} : { publicUrl: publicUrl.replace(/\/+$/, '') }
    this.#log = log
    this.#hasChannel = channels.length > 0
    this.#sender = new Sender({
      store: outbox,
      clock,
      log,
      channels,
      concurrency: 4,
      onSent: options.onSent ?? (() => {}),
    })
    this.#planner = new Planner({
      store: plans,
      clock,
      log,
      windowMs,
      render: (notice) => RENDER.mail(notice, surroundings),
      onPlanned: () => this.#sender.wake(),
    })
  }

  get counters(): SenderCounters {
    return this.#sender.counters
  }

  /** Takes up what an earlier process left. */
  start(): void {
    if (!this.#hasChannel) this.#log.warn('no mail server is configured: alarms wait, set `mail`')
    this.#planner.wake()
    this.#sender.wake()
  }

  /** Alert changes were saved. */
  wake(): void {
    this.#planner.wake()
  }

  /** Resolves when all that is known has been planned and tried. */
  async idle(): Promise<void> {
    await this.#planner.idle()
    await this.#sender.idle()
  }

  async stop(): Promise<void> {
    await this.#planner.stop()
    await this.#sender.stop()
  }
}
