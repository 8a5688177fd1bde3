import type { UnixMs } from '../../model/time.ts'
import { messageOf } from '../../support/failure.ts'
import { type Channel, ChannelFailure } from './channels/channel.ts'
import type { Doors } from './doors.ts'
import { afterFailure, sent } from './outbox.ts'
import type { Delivery, Outcome } from './ports.ts'

export interface AttemptOptions {
  readonly channels: readonly Channel[]
  readonly doors: Doors
  readonly now: () => UnixMs
  readonly signal: AbortSignal
  /** Its channel says that nothing will arrive there until a person acts. */
  readonly onDisabled?: ((delivery: Delivery, why: string) => void) | undefined
}

/** One try to hand `delivery` over. Never rejects. */
export async function attempt(delivery: Delivery, options: AttemptOptions): Promise<Outcome> {
  const { channels, doors, now, signal, onDisabled } = options
  try {
    const channel = channels.find(({ kind }) => kind === delivery.channel)
    if (!channel) {
      throw new ChannelFailure('misconfigured', `${delivery.channel} is not configured`)
    }
    const answer = await channel.send(delivery, signal)
    doors.wentWell(delivery)
    return sent(answer, now())
  } catch (error) {
    if (!signal.aborted) doors.wentWrong(delivery, error, now())
    const isDisabled = error instanceof ChannelFailure && error.reason === 'disabled'
    if (isDisabled) onDisabled?.(delivery, messageOf(error))
    return afterFailure(delivery, error, now())
  }
}
