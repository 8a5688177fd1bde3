/**
 * Serves TARS objects through @tars/rpc, with what that lacks: bounded packets, connections and
 * buffers, listen errors as failures, answers that come later, and a stop that lets answers out.
 *
 * The host starts no communicator, so @tars/rpc reports nothing about it and does not, as it
 * otherwise would, read TARS_CONFIG at every one-way request. (Client calls of the process are
 * reported by @tars/monitor when TARS_MONITOR is set: `main.ts` decides that.)
 */
import { Server, type Socket } from 'node:net'
import type { Cancel, Clock } from '../support/clock.ts'
import type { Log } from '../support/log.ts'
import { type CallCounts, servantClass } from './dispatch.ts'
import { formatEndpoint } from './endpoint.ts'
import type { AdapterPlan } from './host-plan.ts'
import { endConnection, HostError, refuseMore, whenClosed, whenListening } from './listener.ts'
import { MAX_PACKET_BYTES } from './packet.ts'
import type { StreamFault } from './packet-stream.ts'
import type { Servant } from './servant.ts'
import { type StreamOwner, TcpStream, UdpStream } from './server-stream.ts'
import { type Adapter, newServer } from './tars-rpc.ts'

/** Unfinished packets of all connections together. */
const MAX_HELD_BYTES = 64 * 1024 * 1024

export interface HostOptions {
  readonly adapters: readonly AdapterPlan[]
  readonly servants: readonly Servant[]
  readonly clock: Clock
  readonly log: Log
  readonly maxPacketBytes?: number
}

export interface HostCounts extends Readonly<CallCounts> {
  /** Open now. */
  readonly connections: number
  readonly refusedConnections: number
  /** Connections (or datagrams) given up, by what was wrong. */
  readonly faults: Readonly<Record<StreamFault, number>>
}

/** Where an adapter really listens. */
export interface Address {
  readonly adapter: string
  readonly transport: 'tcp' | 'udp'
  readonly host: string
  readonly port: number
}

interface Bound {
  readonly plan: AdapterPlan
  readonly adapter: Adapter
}

export class ServantHost {
  readonly #options: HostOptions
  readonly #server = newServer()
  readonly #bound: Bound[] = []
  readonly #sockets = new Set<Socket>()
  readonly #calls: CallCounts = {
    requests: 0,
    unknownFunctions: 0,
    failedCalls: 0,
    malformedBodies: 0,
    slowReaders: 0,
    unanswered: 0,
  }
  readonly #faults = { oversized: 0, malformed: 0, 'too-much-held': 0 }
  #refusedConnections = 0
  #heldBytes = 0
  #onAllAnswered: () => void = () => {}
  #stopped: Promise<void> | undefined

  /** @throws {HostError} An adapter names a servant that nobody implements. */
  constructor(options: HostOptions) {
    this.#options = options
    for (const plan of options.adapters) this.#bind(plan)
  }

  get counts(): HostCounts {
    return {
      ...this.#calls,
      connections: this.#sockets.size,
      refusedConnections: this.#refusedConnections,
      faults: { ...this.#faults },
    }
  }

  /** Only of a host that has started. */
  get addresses(): readonly Address[] {
    return this.#bound.map(({ plan, adapter }) => {
      const address = adapter._netthread._listener.address()
      const { host, port, transport } = plan.endpoint
      const real = typeof address === 'object' ? address : undefined
      return {
        adapter: plan.name,
        transport,
        host: real?.address ?? host,
        port: real?.port ?? port,
      }
    })
  }

  /** Resolves when all adapters listen. @throws {HostError} One cannot; then none does. */
  async start(): Promise<void> {
    this.#server.start()
    for (const bound of this.#bound) this.#watch(bound)
    const results = await Promise.allSettled(
      this.#bound.map(({ plan, adapter }) => whenListening(plan, adapter._netthread._listener)),
    )
    const failed = results.find((result) => result.status === 'rejected')
    if (!failed) return
    await this.stop(0)
    throw failed.reason
  }

  /**
   * Takes no more connections and requests, waits up to `graceMs` until the calls taken are answered
   * and the answers written, and closes everything. Nothing is left that keeps the process alive.
   */
  stop(graceMs = 2_000): Promise<void> {
    this.#stopped ??= this.#stop(graceMs)
    return this.#stopped
  }

  #bind(plan: AdapterPlan): void {
    const { log, maxPacketBytes = MAX_PACKET_BYTES } = this.#options
    const { transport } = plan.endpoint
    const handleImp = servantClass({
      servants: plan.servants.map((name) => this.#servantNamed(name, plan)),
      transport,
      maxUnreadBytes: maxPacketBytes,
      counts: this.#calls,
      onAnswer: () => this.#checkAnswered(),
      log,
    })
    const endpoint = formatEndpoint(plan.endpoint)
    const option = { name: plan.name, servant: plan.name, endpoint, handleImp } as const
    this.#server._addBindAdapter({ ...option, protocolName: 'tars' })
    const adapter = this.#server._adapters.at(-1)
    if (!adapter) throw new RangeError('@tars/rpc has not kept the adapter')
    const owner = this.#streamOwner(maxPacketBytes)
    const Stream = transport === 'tcp' ? TcpStream : UdpStream
    adapter.protocol = class extends Stream {
      constructor() {
        super(owner)
      }
    }
    this.#bound.push({ plan, adapter })
  }

  #servantNamed(name: string, plan: AdapterPlan): Servant {
    const servant = this.#options.servants.find((each) => each.name === name)
    if (servant) return servant
    const known = this.#options.servants.map((each) => each.name).join(', ')
    throw new HostError('no-servant', `${plan.name} serves ${name}, but there are only ${known}`)
  }

  #streamOwner(maxPacketBytes: number): StreamOwner {
    return {
      maxPacketBytes,
      hold: (bytes) => {
        this.#heldBytes += bytes
        return this.#heldBytes <= MAX_HELD_BYTES
      },
      isStopping: () => this.#stopped !== undefined,
      onFault: (fault, peer, message) => {
        this.#faults[fault]++
        this.#warn(this.#faults[fault], { peer, fault }, `connection closed: ${message}`)
      },
    }
  }

  #watch({ plan, adapter }: Bound): void {
    const { _netthread: thread } = adapter
    const listener = thread._listener
    // Without a listener an error would end the process; those of starting are thrown by `start`.
    listener.on('error', (error) => {
      this.#options.log.warn({ adapter: plan.name, error: error.message }, 'a socket failed')
    })
    if (!(listener instanceof Server)) return
    listener.maxConnections = plan.maxConnections
    listener.on('drop', (data) => {
      const peer = data?.remoteAddress
      this.#refusedConnections++
      const text = `connection refused: ${plan.name} has ${plan.maxConnections}`
      this.#warn(this.#refusedConnections, { peer }, text)
    })
    // @tars/rpc has made the stream of this connection just before.
    listener.on('connection', (socket) => {
      this.#track(socket, thread._connections[thread._uid - 1]?.stream)
    })
  }

  #track(socket: Socket, stream: unknown): void {
    this.#sockets.add(socket)
    if (!(stream instanceof TcpStream)) throw new RangeError('@tars/rpc made another stream')
    stream.peer = `${socket.remoteAddress}:${socket.remotePort}`
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

  async #stop(graceMs: number): Promise<void> {
    const listeners = this.#bound.flatMap(({ adapter }) => adapter._netthread?._listener ?? [])
    if (listeners.length === 0) return
    const closed = listeners.map(whenClosed)
    for (const listener of listeners) refuseMore(listener)
    let cancel: Cancel = () => {}
    const grace = new Promise<void>((resolve) => {
      cancel = this.#options.clock.after(graceMs, resolve)
    })
    await Promise.race([grace, this.#whenAnswered()])
    await Promise.race([grace, Promise.all([...this.#sockets].map(endConnection))])
    cancel()
    this.#server.stop()
    await Promise.all(closed)
  }

  #whenAnswered(): Promise<void> {
    return new Promise((resolve) => {
      this.#onAllAnswered = resolve
      this.#checkAnswered()
    })
  }

  #checkAnswered(): void {
    if (this.#calls.unanswered === 0) this.#onAllAnswered()
  }
}
