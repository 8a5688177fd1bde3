/**
 * The parts of @tars/rpc 2.0.15 that are used here, with types that are true at run time.
 * The version is pinned: `_` names are its internals, and this file is where they are named.
 */
// @tars/monitor first: the other way round their circle leaves `TarsError` undefined, with warnings.
import '@tars/monitor'
import type { Socket as UdpSocket } from 'node:dgram'
import type { EventEmitter } from 'node:events'
import type { Server, Socket } from 'node:net'
import rpc from '@tars/rpc'
import type { RequestHeader, ResponseHeader } from './packet.ts'

/** A request as the stream of a server hands it on. */
export type Origin = RequestHeader & { readonly sBuffer: Buffer }

export interface RpcAnswer {
  readonly origin: Origin
  /** Absent in an error. */
  readonly appBuffer: Buffer | undefined
  readonly iResultCode: number
  readonly sResultDesc: string
}

/** `protocol` of a server: frames what comes, and encodes answers. */
export interface ServerStream extends EventEmitter {
  feed(data: Buffer): void
  reset(): void
  compose(answer: RpcAnswer): Buffer
}

export interface Transceiver {
  /** Of TCP the connection (undefined when closed), of UDP the listener. */
  readonly socket: Socket | UdpSocket | undefined
  /** Only of UDP: the peer. `current.getEndpoint()` does not know it. */
  readonly endpoint?: { readonly sHost: string; readonly iPort: number }
  readonly stream: ServerStream
  close(): void
}

export interface Current {
  readonly _transceiver: Transceiver
  getEndpoint(): { readonly sHost: string; readonly iPort: number }
  getRequest(): Origin
  /** Nothing happens for a one-way request, or when the connection is gone. */
  doResponse(body: Buffer): void
  sendErrorResponse(code: number, message: string): void
}

/** The class @tars/rpc makes a servant of. */
export type ServantClass = new () => {
  initialize(): void
  onDispatch(current: Current, functionName: string, body: Buffer): number
}

export interface AdapterOption {
  readonly name: string
  /** The key of the handler: unique here. */
  readonly servant: string
  readonly endpoint: string
  readonly protocolName: 'tars'
  readonly handleImp: ServantClass
}

export interface Adapter {
  protocol: new () => ServerStream
  readonly _netthread: {
    readonly _listener: Server | UdpSocket
    readonly _uid: number
    readonly _connections: Record<string, Transceiver>
  }
}

export interface HeroServer {
  readonly _adapters: Adapter[]
  _addBindAdapter(option: AdapterOption): void
  start(): void
  stop(): void
}

export function newServer(): HeroServer {
  const create = rpc.server.createServer as unknown as () => HeroServer
  return create()
}

/** A call as the stream of a client gets it. */
export interface RpcCall {
  readonly iRequestId: number
  readonly iTimeout: number
  readonly sServantName: string
  readonly sFuncName: string
  readonly appBuffer: Buffer
  readonly property?: { readonly packetType?: 0 | 1; readonly context?: Record<string, string> }
}

/** `protocol` of a client. */
export interface ClientStream extends EventEmitter {
  feed(data: Buffer): void
  reset(): void
  compose(call: RpcCall): Buffer
}

/** Of a client, to one address. */
export interface Connection {
  readonly _socket?: EventEmitter & { readonly writableLength?: number }
  close(): void
}

export interface Worker {
  timeout: number
  setProtocol(protocol: new () => ClientStream): void
  tars_invoke(
    functionName: string,
    body: Buffer,
    property: { packetType: 0 | 1; context: Record<string, string> },
  ): Promise<{ readonly response: ResponseHeader & { readonly sBuffer: Buffer } }>
  readonly _manager: {
    readonly _adapters: readonly { readonly _vTrans: readonly Connection[] }[]
  }
}

export interface RpcCommunicator {
  readonly _workers: Record<string, Worker>
  setProperty(key: string, value: unknown): void
  getProperty(key: string): unknown
  initialize(configFile: string): void
  stringToProxy(proxy: unknown, object: string): { readonly _worker: Worker }
}

export function newCommunicator(): RpcCommunicator {
  return rpc.Communicator.New() as unknown as RpcCommunicator
}

export function workerOf(communicator: RpcCommunicator, object: string): Worker {
  return communicator.stringToProxy(rpc.ServantProxy, object)._worker
}
