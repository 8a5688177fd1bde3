import type { UnixMs } from '../../model/time.ts'
import { messageOf } from '../../support/failure.ts'
import type { Log } from '../../support/log.ts'
import { ChannelFailure, ReaderBusy } from './channels/channel.ts'
import { doorOf } from './lane.ts'
import type { ChannelKind, Delivery } from './ports.ts'

/** A peer that wants to be left alone is believed for so long. */
const MAX_PAUSE_MS = 10 * 60_000
/** Doors that are kept in mind. */
const MAX_DOORS = 10_000

/** The mail server's door. It and webhooks know a repeat by its id; at the others people would read it twice. */
const MAIL: ChannelKind = 'mail'

interface Trouble {
  /** As it was logged. */
  readonly reason: string
  /** Nothing is tried before. */
  readonly opensAt: UnixMs
}

/**
 * How the peers are: one that fails is tried by one delivery at a time, as is a webhook until it has taken one, and
 * always who does not know a repeat; one that asks for it is left alone.
 */
export class Doors {
  readonly #log: Log
  readonly #perDoor: number
  readonly #trouble = new Map<string, Trouble>()
  /** Webhooks that took something. */
  readonly #wide = new Set<string>()

  constructor(log: Log, perDoor: number) {
    this.#log = log
    this.#perDoor = perDoor
  }

  /** Tries at the same time. */
  room(door: string): number {
    const isWide = door === MAIL || this.#wide.has(door)
    return isWide && !this.#trouble.has(door) ? this.#perDoor : 1
  }

  opensAt(door: string): UnixMs {
    return this.#trouble.get(door)?.opensAt ?? -Infinity
  }

  /** The clock was set back by so much. */
  bringForward(byMs: number): void {
    for (const [door, trouble] of this.#trouble) {
      this.#trouble.set(door, { ...trouble, opensAt: trouble.opensAt - byMs })
    }
  }

  wentWell(delivery: Delivery): void {
    const door = doorOf(delivery)
    if (delivery.channel === 'webhook') this.#widen(door)
    if (!this.#trouble.delete(door)) return
    this.#log.info({ channel: delivery.channel, to: door }, 'channel works again')
  }

  #widen(door: string): void {
    if (this.#wide.size >= MAX_DOORS) this.#wide.clear()
    this.#wide.add(door)
  }

  /** A door in trouble is told once, not with every delivery; a refused delivery always. */
  wentWrong(delivery: Delivery, error: unknown, at: UnixMs): void {
    const { id, channel } = delivery
    const door = doorOf(delivery)
    const failure = error instanceof ChannelFailure ? error : undefined
    const reason = failure?.reason ?? 'bug'
    const fields = { channel, to: door, reason, delivery: id, error: messageOf(error) }
    if (failure && !failure.retryable) {
      this.#log.warn(fields, 'delivery refused for good')
      return
    }
    const known = this.#trouble.get(door)
    // Others are told there meanwhile.
    if (failure instanceof ReaderBusy) return void this.#log.warn(fields, 'reader left alone')
    const pauseMs = Math.min(failure?.retryAfterMs ?? 0, MAX_PAUSE_MS)
    const opensAt = Math.max(at + pauseMs, known?.opensAt ?? 0)
    this.#trouble.set(door, { reason, opensAt })
    const [oldest] = this.#trouble.keys()
    if (this.#trouble.size > MAX_DOORS && oldest !== undefined) this.#trouble.delete(oldest)
    if (known?.reason !== reason) this.#log.error(fields, 'cannot deliver now, trying again')
  }
}
