import { Server, type Socket } from 'node:net'
import type { Log } from '../support/log.ts'
import type { AdapterPlan } from './host-plan.ts'
import type { StreamFault } from './packet-stream.ts'
import { type StreamOwner, TcpStream } from './server-stream.ts'
import { readShared } from './shared-reads.ts'
import type { Adapter } from './tars-rpc.ts'

export interface HostLimitsOptions {
  readonly maxPacketBytes: number
  /** Unfinished packets of all connections together. */
  readonly maxHeldBytes: number
  readonly log: Log
}

/** What @tars/rpc does not do for a server: bounds on connections and on what they send. */
export class HostLimits implements StreamOwner {
  readonly maxPacketBytes: number
  readonly #options: HostLimitsOptions
  readonly #faults = { oversized: 0, malformed: 0, 'too-much-held': 0 }
  readonly #sockets = new Set<Socket>()
  #refusedConnections = 0
  #heldBytes = 0
  #failures = 0
  #isStopping = false

  constructor(options: HostLimitsOptions) {
    this.#options = options
    this.maxPacketBytes = options.maxPacketBytes
  }

  get counts() {
    return {
      connections: this.#sockets.size,
      refusedConnections: this.#refusedConnections,
      heldBytes: this.#heldBytes,
      faults: { ...this.#faults },
    }
  }

  /** The open connections. */
  get sockets(): Iterable<Socket> {
    return this.#sockets
  }

  hold(bytes: number): boolean {
    this.#heldBytes += bytes
    return this.#heldBytes <= this.#options.maxHeldBytes
  }

  isStopping(): boolean {
    return this.#isStopping
  }

  /** From now on requests are dropped unread. */
  stopTaking(): void {
    this.#isStopping = true
  }

  onFault(fault: StreamFault, peer: string, message: string): void {
    const count = ++this.#faults[fault]
    this.#warn(count, { peer, fault }, `connection closed: ${message}`)
  }

  /** Call it when @tars/rpc has made the listener, and before anything happens to that. */
  watch({ name, maxConnections }: AdapterPlan, { _netthread: thread }: Adapter): void {
    const listener = thread._listener
    // Without a listener for it an error would end the process; those of starting are also thrown.
    listener.on('error', (error) => {
      this.#warn(++this.#failures, { adapter: name, error: error.message }, 'a socket failed')
    })
    if (!(listener instanceof Server)) return
    listener.maxConnections = maxConnections
    listener.on('drop', (data) => {
      const count = ++this.#refusedConnections
      this.#warn(count, { peer: data?.remoteAddress }, `refused: ${name} has ${maxConnections}`)
    })
    // @tars/rpc has made the stream of this connection just before.
    listener.on('connection', (socket) => {
      this.#track(socket, thread._connections[thread._uid - 1]?.stream)
    })
  }

  #track(socket: Socket, stream: unknown): void {
    if (!(stream instanceof TcpStream)) throw new RangeError('@tars/rpc made another stream')
    this.#sockets.add(socket)
    stream.peer = `${socket.remoteAddress}:${socket.remotePort}`
    readShared(socket, (data) => stream.feed(data))
    socket.setNoDelay(true)
    socket.on('error', () => {})
    socket.once('close', () => {
      this.#sockets.delete(socket)
      stream.close()
    })
  }

  /** A hostile peer must not fill the log: the 1st, 10th, 100th … is told. */
  #warn(count: number, fields: object, message: string): void {
    if (Number.isInteger(Math.log10(count))) this.#options.log.warn({ ...fields, count }, message)
  }
}
