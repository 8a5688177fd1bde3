import { decodeResponse, encodeRequest, MAX_PACKET_BYTES, ONE_WAY } from './packet.ts'
import { PacketStream } from './packet-stream.ts'
import type { ClientStream, RpcCall } from './tars-rpc.ts'

/**
 * The answers of one connection. That of @tars/rpc throws out of the socket's event at a malformed
 * packet, and so ends the process; this one falls silent: the calls time out, and after some of
 * these @tars/rpc connects anew.
 */
export class AnswerStream extends PacketStream implements ClientStream {
  constructor(maxPacketBytes = MAX_PACKET_BYTES) {
    super({ maxPacketBytes, hold: () => true })
  }

  compose({ iRequestId, iTimeout, sServantName, sFuncName, appBuffer, property }: RpcCall): Buffer {
    const cPacketType = property?.packetType === ONE_WAY ? ONE_WAY : 0
    const context = Object.entries(property?.context ?? {})
    const names = { iRequestId, iTimeout, sServantName, sFuncName }
    return encodeRequest({ ...names, cPacketType, context }, appBuffer)
  }

  protected take(content: Buffer): void {
    const { header, body } = decodeResponse(content)
    this.emit('message', {
      iRequestId: header.iRequestId,
      iResultCode: header.iRet,
      sResultDesc: header.sResultDesc ?? '',
      origin: { ...header, sBuffer: body },
    })
  }

  protected fault(): void {}
}

/** As @tars/rpc wants it: a class that is made without arguments. */
export function answersUpTo(maxPacketBytes: number): new () => AnswerStream {
  return class extends AnswerStream {
    constructor() {
      super(maxPacketBytes)
    }
  }
}
