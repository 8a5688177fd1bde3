/** Calls TARS objects by their interface: `proxy(communicator, MonitorQuery, 'tars.tarsquerystat.QueryObj')`. */
import { Failure, messageOf } from '../support/failure.ts'
import { answersUpTo } from './client-stream.ts'
import type { Communicator } from './communicator.ts'
import { MAX_PACKET_BYTES } from './packet.ts'
import type { Interface, Method } from './schema.ts'
import { type Worker, workerOf } from './tars-rpc.ts'

export type CallReason = 'timeout' | 'unreachable' | 'refused' | 'bad-answer'

/** A call failed. `code` is what @tars/rpc or the server says (`iRet`). */
export class CallError extends Failure<CallReason> {
  readonly code: number

  constructor(reason: CallReason, message: string, code: number) {
    super(reason, message, { retryable: reason === 'timeout' || reason === 'unreachable' })
    this.code = code
  }
}

export interface CallOptions {
  /** Of one attempt, connecting included; @tars/rpc repeats none. */
  readonly timeoutMs?: number
  /** Of one answer, 10 MB by default; a longer one is not heard. */
  readonly maxAnswerBytes?: number
  readonly context?: Readonly<Record<string, string>>
}

type In<M> = M extends Method<infer T, unknown> ? T : never
type Out<M> = M extends Method<infer _, infer T> ? T : never

export type TwoWayProxy<I extends Interface> = {
  readonly [F in keyof I]: (
    args: In<I[F]>,
    options?: Pick<CallOptions, 'context'>,
  ) => Promise<Out<I[F]>>
}

export type OneWayProxy<I extends Interface> = {
  readonly [F in keyof I]: (args: In<I[F]>, options?: Pick<CallOptions, 'context'>) => Promise<void>
}

const TIMEOUT_MS = 3_000

/** Codes of @tars/rpc's client (`TarsError.js`). */
const REQUEST_TIMEOUT = -13_001
const UNREACHABLE = new Set([-10, -10_000, -12_001, -12_002])

/**
 * Functions of an object, with answers. Every function may throw a {@link CallError}.
 * `object` is a name, with or without address: `A.B.C@tcp -h 10.0.0.1 -p 18801`.
 */
export function proxy<I extends Interface>(
  communicator: Communicator,
  iface: I,
  object: string,
  options: CallOptions = {},
): TwoWayProxy<I> {
  const worker = openWorker(communicator, object, options)
  const call = (name: string, method: Method<unknown, unknown>) => {
    return async (args: unknown, { context = options.context }: CallOptions = {}) => {
      const body = method.request.encode(args)
      return decodeAnswer(name, method, await invoke(worker, name, body, { type: 0, context }))
    }
  }
  return functionsOf(iface, call) as TwoWayProxy<I>
}

/** The same without answers: resolves when the request is handed to the connection. */
export function oneWayProxy<I extends Interface>(
  communicator: Communicator,
  iface: I,
  object: string,
  options: CallOptions = {},
): OneWayProxy<I> {
  const worker = openWorker(communicator, object, options)
  const call = (name: string, method: Method<unknown, unknown>) => {
    return async (args: unknown, { context = options.context }: CallOptions = {}) => {
      await invoke(worker, name, method.request.encode(args), { type: 1, context })
    }
  }
  return functionsOf(iface, call) as OneWayProxy<I>
}

/** An object that takes encoded requests without answers. */
export interface RawObject {
  /**
   * Resolves when the request is handed to the connection.
   * @throws {CallError}
   */
  send(functionName: string, body: Buffer, context: CallOptions['context']): Promise<void>
  /** Bytes handed to connections that the peers have not taken. */
  unsentBytes(): number
}

/** For whoever passes bodies on as they are. Options as of {@link proxy}. */
export function rawObject(
  communicator: Communicator,
  object: string,
  options: CallOptions = {},
): RawObject {
  const worker = openWorker(communicator, object, options)
  return {
    async send(functionName, body, context = options.context) {
      await invoke(worker, functionName, body, { type: 1, context })
    },
    unsentBytes() {
      const sockets = worker._manager._adapters.flatMap(({ _vTrans }) => _vTrans)
      return sockets.reduce((sum, { _socket }) => sum + (_socket?.writableLength ?? 0), 0)
    },
  }
}

function openWorker(communicator: Communicator, object: string, options: CallOptions): Worker {
  const worker = workerOf(communicator, object)
  worker.setProtocol(answersUpTo(options.maxAnswerBytes ?? MAX_PACKET_BYTES))
  worker.timeout = options.timeoutMs ?? TIMEOUT_MS
  return worker
}

function functionsOf(
  iface: Interface,
  call: (name: string, method: Method<unknown, unknown>) => unknown,
): unknown {
  return Object.fromEntries(
    Object.entries(iface).map(([name, method]) => [name, call(name, method)]),
  )
}

interface Invocation {
  readonly type: 0 | 1
  readonly context: CallOptions['context']
}

/** The body of the answer; empty for a one-way call. @throws {CallError} */
async function invoke(
  worker: Worker,
  name: string,
  body: Buffer,
  { type, context = {} }: Invocation,
): Promise<Buffer> {
  try {
    const property = { packetType: type, context: { ...context } }
    const answer = worker.tars_invoke(name, body, property)
    hearErrors(worker)
    const { response } = await answer
    return response.sBuffer
  } catch (thrown) {
    const { code, message } = errorOf(thrown)
    // @tars/rpc rejects a one-way call that was sent, too: without a code.
    if (type === 1 && code === undefined) return Buffer.alloc(0)
    // To @tars/rpc waiting for an address is like waiting for an answer.
    if (code === REQUEST_TIMEOUT && worker._manager._adapters.length === 0) {
      throw new CallError('unreachable', `${name}: no address from the registry`, code)
    }
    throw callError(name, code ?? 0, message)
  }
}

/** A UDP socket of @tars/rpc whose host is not known would end the process. */
function hearErrors(worker: Worker): void {
  for (const { _vTrans } of worker._manager._adapters) {
    for (const { _socket } of _vTrans) {
      if (_socket?.listenerCount('error') === 0) _socket.on('error', () => {})
    }
  }
}

function callError(name: string, code: number, message: string): CallError {
  if (code === REQUEST_TIMEOUT) return new CallError('timeout', `${name}: no answer in time`, code)
  if (UNREACHABLE.has(code)) return new CallError('unreachable', `${name}: ${message}`, code)
  return new CallError('refused', `${name}: answered with code ${code} ${message}`.trim(), code)
}

/** `RpcCallError` is no Error: what it says is in `error`. */
function errorOf(thrown: unknown): { code: number | undefined; message: string } {
  const error = typeof thrown === 'object' && thrown !== null && 'error' in thrown && thrown.error
  if (typeof error !== 'object' || error === null) return { code: 0, message: messageOf(thrown) }
  const code = 'code' in error && typeof error.code === 'number' ? error.code : undefined
  return { code, message: 'message' in error ? String(error.message) : '' }
}

function decodeAnswer(name: string, method: Method<unknown, unknown>, body: Buffer): unknown {
  try {
    return method.response.decode(body)
  } catch (error) {
    throw new CallError('bad-answer', `${name}: ${messageOf(error)}`, 0)
  }
}
