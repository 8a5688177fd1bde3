/** What arrived at the peers, in the order in which they had all of it. */

import type { Socket } from 'node:net'

/** An alarm in a message, by the address of its node. */
export interface Telling {
  readonly node: string
  /** It is told as over. */
  readonly over: boolean
}

export interface Arrival {
  readonly delivery: string
  /** As its delivery has it in `to`. */
  readonly recipient: string
  /** Which life of the cloud sent it, from 0. */
  readonly life: number
  /** It says that it may have come before. */
  readonly isMarked: boolean
  /** The peer answered that it took it. */
  readonly isAccepted: boolean
  readonly tells: readonly Telling[]
}

export class Ledger {
  readonly arrivals: Arrival[] = []
  /** The life of the cloud that is under way. */
  life = 0
  readonly #lives = new WeakMap<Socket, number>()

  /** What comes by this connection is of the life that made it, also what is read after its end. */
  connected(socket: Socket): void {
    this.#lives.set(socket, this.life)
  }

  add(arrival: Omit<Arrival, 'life'>, socket: Socket): void {
    this.arrivals.push({ ...arrival, life: this.#lives.get(socket) ?? this.life })
  }
}
