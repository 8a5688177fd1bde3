import { messageOf } from '../support/failure.ts'
import type { Log } from '../support/log.ts'
import { DecodeError } from './decode-error.ts'
import { ONE_WAY } from './packet.ts'
import {
  type Call,
  NO_FUNCTION,
  type Servant,
  type ServantFunction,
  SUCCESS,
  UNKNOWN_ERROR,
} from './servant.ts'
import type { Current, ServantClass, Transceiver } from './tars-rpc.ts'

/** What the calls of a host add up to. */
export interface CallCounts {
  requests: number
  unknownFunctions: number
  /** The function threw: a fault of ours. */
  failedCalls: number
  /** The arguments were no TARS of the expected shape. */
  malformedBodies: number
  /** Connections closed because the peer did not read its answers. */
  slowReaders: number
  /** Two-way calls that still have no answer. */
  unanswered: number
}

export interface DispatchOptions {
  readonly servants: readonly Servant[]
  readonly transport: 'tcp' | 'udp'
  /** Of answers that the peer has not read. */
  readonly maxUnreadBytes: number
  readonly counts: CallCounts
  /** Called after each answer. */
  onAnswer(): void
  readonly log: Log
}

/** `return 0`: the answer to `tars_ping`. */
const PONG = Buffer.from([0x0c])

/** The class by which @tars/rpc calls the servants of one adapter. Nothing escapes from it. */
export function servantClass(options: DispatchOptions): ServantClass {
  return class {
    initialize(): void {}
    // @tars/rpc takes a promise here for an error code: this must stay synchronous.
    onDispatch(current: Current, functionName: string, body: Buffer): number {
      return dispatch(current, functionName, body, options)
    }
  }
}

function dispatch(
  current: Current,
  functionName: string,
  body: Buffer,
  options: DispatchOptions,
): number {
  options.counts.requests++
  if (functionName === 'tars_ping') {
    current.doResponse(PONG)
    return SUCCESS
  }
  const run = functionOf(options.servants, current.getRequest().sServantName, functionName)
  if (!run) {
    options.counts.unknownFunctions++
    return NO_FUNCTION
  }
  const call = new CurrentCall(current, options)
  try {
    run(body, call)?.catch((error) => call.fail(error))
  } catch (error) {
    call.fail(error)
  }
  return SUCCESS
}

/** The servant that was asked for, else any of the adapter's that has the function. */
function functionOf(
  servants: readonly Servant[],
  servantName: string,
  functionName: string,
): ServantFunction | undefined {
  const able = (each: Servant) => Object.hasOwn(each.functions, functionName)
  const named = servants.find((each) => each.name === servantName && able(each))
  return (named ?? servants.find(able))?.functions[functionName]
}

class CurrentCall implements Call {
  readonly #current: Current
  readonly #options: DispatchOptions
  readonly functionName: string
  readonly servantName: string
  readonly host: string
  readonly port: number
  readonly oneWay: boolean
  #isAnswered: boolean

  constructor(current: Current, options: DispatchOptions) {
    this.#current = current
    this.#options = options
    const { sFuncName, sServantName, cPacketType } = current.getRequest()
    this.functionName = sFuncName
    this.servantName = sServantName
    // Of UDP `getEndpoint()` gives a function as the host.
    const peer = current._transceiver.endpoint ?? current.getEndpoint()
    this.host = peer.sHost.startsWith('::ffff:') ? peer.sHost.slice(7) : peer.sHost
    this.port = peer.iPort
    this.oneWay = cPacketType === ONE_WAY
    this.#isAnswered = this.oneWay
    if (!this.oneWay) options.counts.unanswered++
  }

  get transport(): 'tcp' | 'udp' {
    return this.#options.transport
  }

  get context(): ReadonlyMap<string, string> {
    return new Map(this.#current.getRequest().context)
  }

  respond(body: Uint8Array): void {
    this.#answer(() =>
      this.#current.doResponse(Buffer.from(body.buffer, body.byteOffset, body.length)),
    )
  }

  respondError(code: number, message: string): void {
    this.#answer(() => this.#current.sendErrorResponse(code, message))
  }

  fail(error: unknown): void {
    const { counts, log } = this.#options
    if (error instanceof DecodeError) {
      counts.malformedBodies++
      this.respondError(error.code, error.message)
      return
    }
    counts.failedCalls++
    log.error({ function: this.functionName, error: messageOf(error) }, 'a call failed')
    this.respondError(UNKNOWN_ERROR, 'internal error')
  }

  #answer(send: () => void): void {
    if (this.#isAnswered) return
    this.#isAnswered = true
    const { counts, log, onAnswer } = this.#options
    counts.unanswered--
    try {
      send()
      if (isUnread(this.#current._transceiver, this.#options.maxUnreadBytes)) {
        counts.slowReaders++
        this.#current._transceiver.close()
      }
    } catch (error) {
      // Of UDP, when the socket was closed meanwhile.
      log.debug({ function: this.functionName, error: messageOf(error) }, 'an answer was lost')
    }
    onAnswer()
  }
}

function isUnread({ socket }: Transceiver, maxBytes: number): boolean {
  return socket !== undefined && 'writableLength' in socket && socket.writableLength > maxBytes
}
