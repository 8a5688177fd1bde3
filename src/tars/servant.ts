/** What a host serves, and what it tells about a call. */

/**
 * Takes one call. `body` is good until the function returns, not after an `await`.
 * What it throws becomes an error answer; a `DecodeError` is the caller's fault.
 */
export type ServantFunction = (body: Buffer, call: Call) => void | Promise<void>

export interface Servant {
  /** `Alarm.AgentServer.StatObj`. */
  readonly name: string
  readonly functions: Readonly<Record<string, ServantFunction>>
}

/** Who calls, and the way to answer: at once or later, once. */
export interface Call {
  readonly functionName: string
  /** The object the caller asked for. Like other TARS servers, the host does not insist on it. */
  readonly servantName: string
  readonly host: string
  readonly port: number
  readonly transport: 'tcp' | 'udp'
  /** `node_name` is the caller's node, when it is a C++ server. */
  readonly context: ReadonlyMap<string, string>
  /** The caller waits for nothing: answers go nowhere. */
  readonly oneWay: boolean
  /** Answers with an encoded result. A second answer, or one that comes too late, is dropped. */
  respond(body: Uint8Array): void
  /** Answers with an error: `iRet` and `sResultDesc`. */
  respondError(code: number, message: string): void
}

/** `iRet` of errors, from TarsCpp `BaseF.tars`. */
export const SUCCESS = 0
export const NO_FUNCTION = -3
export const UNKNOWN_ERROR = -99
