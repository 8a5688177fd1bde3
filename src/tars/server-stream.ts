import { DecodeError } from './decode-error.ts'
import { decodeRequest, encodeResponse, TARS_VERSION } from './packet.ts'
import { PacketStream, type StreamFault, type StreamLimits } from './packet-stream.ts'
import type { RpcAnswer, ServerStream } from './tars-rpc.ts'

export interface StreamOwner extends StreamLimits {
  /** No request is taken any more. */
  isStopping(): boolean
  onFault(fault: StreamFault, peer: string, message: string): void
}

/** The streams of one host's TCP connections. */
export class TcpStream extends PacketStream implements ServerStream {
  /** For messages. */
  peer = 'unknown'
  readonly #owner: StreamOwner

  constructor(owner: StreamOwner) {
    super(owner)
    this.#owner = owner
  }

  compose({ origin, appBuffer, iResultCode, sResultDesc }: RpcAnswer): Buffer {
    const { iVersion, iMessageType, iRequestId } = origin
    const header = { iVersion, iMessageType, iRequestId, iRet: iResultCode, sResultDesc }
    return encodeResponse(header, appBuffer ?? Buffer.alloc(0))
  }

  protected take(content: Buffer): void {
    if (this.#owner.isStopping()) return
    const { header, body } = decodeRequest(content)
    // TUP (2, 3) and JSON (5) encode bodies and answers in other ways; none of our callers uses them.
    if (header.iVersion !== TARS_VERSION) {
      throw new DecodeError('not-a-packet', `protocol version ${header.iVersion}, only 1 is spoken`)
    }
    this.emit('message', { origin: { ...header, sBuffer: body }, sFuncName: header.sFuncName })
  }

  protected fault(fault: StreamFault, message: string): void {
    this.#owner.onFault(fault, this.peer, message)
  }
}

/** One datagram: whole packets and nothing else. */
export class UdpStream extends TcpStream {
  override feed(datagram: Buffer): void {
    super.feed(datagram)
    this.finish()
  }
}
