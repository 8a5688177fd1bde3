import type { Channel } from '../../../../src/cloud/notify/channels/channel.ts'
import type { ChannelKind, Delivery } from '../../../../src/cloud/notify/ports.ts'

/** A channel that does with each delivery what the test says; it keeps what arrived. */
export class ScriptedChannel implements Channel {
  readonly kind: ChannelKind
  readonly arrived: Delivery[] = []
  closed = false
  inFlight = 0
  maxInFlight = 0
  readonly #script: (delivery: Delivery, signal: AbortSignal) => Promise<string>

  constructor(
    script: (delivery: Delivery, signal: AbortSignal) => Promise<string>,
    kind: ChannelKind = 'mail',
  ) {
    this.kind = kind
    this.#script = script
  }

  async send(delivery: Delivery, signal: AbortSignal): Promise<string> {
    this.maxInFlight = Math.max(this.maxInFlight, ++this.inFlight)
    try {
      const answer = await this.#script(delivery, signal)
      this.arrived.push(delivery)
      return answer
    } finally {
      this.inFlight--
    }
  }

  close(): void {
    this.closed = true
  }
}
