/** One kind of receivers as a channel: each is opened when something is first sent to it. */
import { messageOf } from '../../../support/failure.ts'
import type { Delivery, Receiver, ReceiverKind, ReceiverStore } from '../ports.ts'
import { type Channel, type ChannelDeps, ChannelFailure } from './channel.ts'
import { RECEIVER_CHANNELS } from './registry.ts'

/** Open at a time: past it the one that was silent for longest is closed, and forgets what its robots have said. */
const MAX_OPEN = 1_000

interface Opened {
  /** As JSON, to see a change. */
  readonly settings: string
  readonly channel: Channel
}

export class Receivers implements Channel {
  readonly kind: ReceiverKind
  readonly #store: ReceiverStore
  readonly #deps: ChannelDeps
  readonly #open = new Map<string, Opened>()

  constructor(kind: ReceiverKind, store: ReceiverStore, deps: ChannelDeps) {
    this.kind = kind
    this.#store = store
    this.#deps = deps
  }

  /** `to` of the delivery is the id of a receiver. */
  async send(delivery: Delivery, signal: AbortSignal): Promise<string> {
    const { environment, to } = delivery
    const receiver = await this.#store.receiver(environment, to)
    if (receiver?.kind !== this.kind) {
      throw new ChannelFailure(
        'invalid-address',
        `there is no ${this.kind} receiver ${to} any more`,
      )
    }
    return this.#channelTo(receiver).send(delivery, signal)
  }

  close(): void {
    for (const { channel } of this.#open.values()) channel.close()
    this.#open.clear()
  }

  #channelTo({ id, name, settings }: Receiver): Channel {
    const known = this.#open.get(id)
    const json = JSON.stringify(settings)
    const opened =
      known?.settings === json ? known : { settings: json, channel: this.#opened(name, settings) }
    if (opened !== known) known?.channel.close()
    this.#open.delete(id)
    this.#open.set(id, opened)
    this.#forgetOldest()
    return opened.channel
  }

  #opened(name: string, settings: unknown): Channel {
    try {
      return RECEIVER_CHANNELS[this.kind].open(settings, this.#deps)
    } catch (error) {
      // Messages of zod name keys and what was expected, never a value.
      throw new ChannelFailure('misconfigured', `settings of ${name}: ${messageOf(error)}`)
    }
  }

  #forgetOldest(): void {
    for (const [id, { channel }] of this.#open) {
      if (this.#open.size <= MAX_OPEN) return
      channel.close()
      this.#open.delete(id)
    }
  }
}
