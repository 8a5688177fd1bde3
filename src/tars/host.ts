/**
 * Serves TARS objects through @tars/rpc, with what that lacks: bounded packets, connections and
 * buffers, listen errors as failures, answers that come later, and a stop that lets answers out.
 *
 * The host starts no communicator, so @tars/rpc reports nothing about it and does not, as it
 * otherwise would, read TARS_CONFIG at every one-way request. (Client calls of the process are
 * reported by @tars/monitor when TARS_MONITOR is set: `citizen.ts` of the agent decides that.)
 */
import type { Cancel, Clock } from '../support/clock.ts'
import type { Log } from '../support/log.ts'
import { type CallCounts, servantClass } from './dispatch.ts'
import { formatEndpoint } from './endpoint.ts'
import { HostLimits } from './host-limits.ts'
import type { AdapterPlan } from './host-plan.ts'
import { endConnection, HostError, refuseMore, whenClosed, whenListening } from './listener.ts'
import { MAX_PACKET_BYTES } from './packet.ts'
import type { StreamFault } from './packet-stream.ts'
import type { Servant } from './servant.ts'
import { TcpStream, UdpStream } from './server-stream.ts'
import { type Adapter, newServer } from './tars-rpc.ts'

const MAX_HELD_BYTES = 64 * 1024 * 1024

export interface HostOptions {
  readonly adapters: readonly AdapterPlan[]
  readonly servants: readonly Servant[]
  readonly clock: Clock
  readonly log: Log
  readonly maxPacketBytes?: number
  /** Of unfinished packets of all connections together; 64 MB by default. */
  readonly maxHeldBytes?: number
}

export interface HostCounts extends Readonly<CallCounts> {
  /** Open now. */
  readonly connections: number
  readonly refusedConnections: number
  /** Bytes of unfinished packets, now. */
  readonly heldBytes: number
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
  readonly #limits: HostLimits
  readonly #calls: CallCounts = {
    requests: 0,
    unknownFunctions: 0,
    failedCalls: 0,
    malformedBodies: 0,
    slowReaders: 0,
    unanswered: 0,
  }
  #onAllAnswered: () => void = () => {}
  #stopped: Promise<void> | undefined

  /** @throws {HostError} An adapter names a servant that nobody implements. */
  constructor(options: HostOptions) {
    this.#options = options
    const { log, maxPacketBytes = MAX_PACKET_BYTES, maxHeldBytes = MAX_HELD_BYTES } = options
    this.#limits = new HostLimits({ maxPacketBytes, maxHeldBytes, log })
    for (const plan of options.adapters) this.#bind(plan)
  }

  get counts(): HostCounts {
    return { ...this.#calls, ...this.#limits.counts }
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
    for (const { plan, adapter } of this.#bound) this.#limits.watch(plan, adapter)
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
    this.#limits.stopTaking()
    this.#stopped ??= this.#stop(graceMs)
    return this.#stopped
  }

  #bind(plan: AdapterPlan): void {
    const { transport } = plan.endpoint
    const handleImp = servantClass({
      servants: plan.servants.map((name) => this.#servantNamed(name, plan)),
      transport,
      maxUnreadBytes: this.#limits.maxPacketBytes,
      counts: this.#calls,
      onAnswer: () => this.#checkAnswered(),
      log: this.#options.log,
    })
    const endpoint = formatEndpoint(plan.endpoint)
    // @tars/rpc keeps handlers by servant: the number tells apart adapters that share a name.
    const servant = `${plan.name}#${this.#bound.length}`
    const option = { name: plan.name, servant, endpoint, handleImp } as const
    this.#server._addBindAdapter({ ...option, protocolName: 'tars' })
    const adapter = this.#server._adapters.at(-1)
    if (!adapter) throw new RangeError('@tars/rpc has not kept the adapter')
    const owner = this.#limits
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
    await Promise.race([grace, Promise.all([...this.#limits.sockets].map(endConnection))])
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
