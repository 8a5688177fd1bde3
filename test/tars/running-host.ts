import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { systemClock } from '../../src/support/clock.ts'
import { silentLog } from '../../src/support/log.ts'
import { type HostOptions, ServantHost } from '../../src/tars/host.ts'
import { MAX_CONNECTIONS } from '../../src/tars/host-plan.ts'
import { decodePacket, encodeRequest, type Response } from '../../src/tars/packet.ts'
import type { Servant, ServantFunction } from '../../src/tars/servant.ts'

export const OBJECT = 'Test.HelloServer.HelloObj'

type Functions = Readonly<Record<string, ServantFunction>>

export interface HostPlan extends Partial<HostOptions> {
  readonly transport?: 'tcp' | 'udp'
  readonly maxConnections?: number
  readonly timeoutMs?: number
}

/** Undoes things after a test, also when it failed. */
export interface Cleanup {
  after(undo: () => unknown): void
}

/** A host of these servants at one port of loopback, free by default. */
export async function startServants(
  servants: readonly Servant[],
  { port = 0, ...options }: { readonly port?: number } & Partial<HostOptions> = {},
): Promise<{ host: ServantHost; port: number }> {
  const endpoint = { transport: 'tcp', host: '127.0.0.1', port, timeoutMs: 60_000 } as const
  const names = servants.map(({ name }) => name)
  const host = new ServantHost({
    adapters: [{ name: 'Adapter', endpoint, servants: names, maxConnections: MAX_CONNECTIONS }],
    servants,
    clock: systemClock,
    log: silentLog,
    ...options,
  })
  await host.start()
  return { host, port: host.addresses[0]?.port ?? 0 }
}

/** A host of one servant on a free port of loopback. */
export async function startHost(
  test: Cleanup,
  functions: Functions,
  {
    transport = 'tcp',
    maxConnections = MAX_CONNECTIONS,
    timeoutMs = 60_000,
    ...rest
  }: HostPlan = {},
): Promise<{ host: ServantHost; port: number }> {
  const endpoint = { transport, host: '127.0.0.1', port: 0, timeoutMs } as const
  const host = new ServantHost({
    adapters: [{ name: 'HelloObjAdapter', endpoint, servants: [OBJECT], maxConnections }],
    servants: [{ name: OBJECT, functions }],
    clock: systemClock,
    log: silentLog,
    ...rest,
  })
  test.after(() => host.stop(0))
  await host.start()
  return { host, port: host.addresses[0]?.port ?? 0 }
}

/** A connection that speaks in packets. */
export class RawClient {
  readonly socket: Socket
  readonly closed: Promise<unknown>
  #received = Buffer.alloc(0)

  constructor(test: Cleanup, port: number) {
    this.socket = connect(port, '127.0.0.1')
    test.after(() => this.socket.destroy())
    this.socket.setNoDelay(true)
    // A reset is a way to be closed here.
    this.socket.on('error', () => {})
    this.closed = new Promise((resolve) => this.socket.once('close', resolve))
  }

  send(sFuncName: string, options: { oneWay?: boolean; body?: Buffer; id?: number } = {}): void {
    const { oneWay = false, body = Buffer.alloc(0), id = 1 } = options
    const header = { sServantName: OBJECT, sFuncName, iRequestId: id, cPacketType: oneWay ? 1 : 0 }
    this.socket.write(encodeRequest(header, body))
  }

  async next(): Promise<Response> {
    for (;;) {
      const length =
        this.#received.length < 4 ? Number.POSITIVE_INFINITY : this.#received.readUInt32BE(0)
      if (this.#received.length >= length) {
        const packet = decodePacket(this.#received.subarray(0, length))
        this.#received = this.#received.subarray(length)
        if (packet.kind === 'response') return packet
        throw new Error('a request where an answer was expected')
      }
      const [data] = await once(this.socket, 'data')
      this.#received = Buffer.concat([this.#received, data])
    }
  }
}
