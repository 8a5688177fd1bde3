/**
 * TARS packets: 4 bytes of length (big-endian, counting themselves), then a RequestPacket or ResponsePacket.
 * Source: TarsProtocol `RequestF.tars`.
 */
import { DecodeError } from './decode-error.ts'
import { Reader } from './reader.ts'
import { bytes, type Infer, int, map, nullable, req, str, struct } from './schema.ts'
import * as wire from './wire-type.ts'

/** What a servant takes by default. */
export const MAX_PACKET_BYTES = 10 * 1024 * 1024

const LENGTH_BYTES = 4
/** `cPacketType` of a request that gets no answer. */
export const ONE_WAY = 1
export const TARS_VERSION = 1

const texts = map(str, str)

const RequestPacket = struct({
  iVersion: req(1, int),
  cPacketType: req(2, int),
  iMessageType: req(3, int),
  iRequestId: req(4, int),
  sServantName: req(5, str),
  sFuncName: req(6, str),
  sBuffer: req(7, bytes),
  iTimeout: req(8, int),
  context: req(9, texts),
  status: req(10, texts),
})

const ResponsePacket = struct({
  iVersion: req(1, int),
  cPacketType: req(2, int),
  iRequestId: req(3, int),
  iMessageType: req(4, int),
  iRet: req(5, int),
  sBuffer: req(6, bytes),
  status: req(7, texts),
  sResultDesc: nullable(8, str),
  context: nullable(9, texts),
})

export type RequestHeader = Omit<Infer<typeof RequestPacket>, 'sBuffer'>
export type ResponseHeader = Omit<Infer<typeof ResponsePacket>, 'sBuffer'>

export interface Request {
  readonly kind: 'request'
  readonly header: RequestHeader
  /** A view of the packet, not a copy. */
  readonly body: Buffer
}

export interface Response {
  readonly kind: 'response'
  readonly header: ResponseHeader
  readonly body: Buffer
}

/** A one-way request without context: what the rest of a header is when nobody cares. */
export const REQUEST_DEFAULTS: RequestHeader = {
  iVersion: TARS_VERSION,
  cPacketType: ONE_WAY,
  iMessageType: 0,
  iRequestId: 0,
  sServantName: '',
  sFuncName: '',
  iTimeout: 3000,
  context: [],
  status: [],
}

export const RESPONSE_DEFAULTS: ResponseHeader = {
  iVersion: TARS_VERSION,
  cPacketType: 0,
  iRequestId: 0,
  iMessageType: 0,
  iRet: 0,
  status: [],
  sResultDesc: null,
  context: null,
}

/**
 * Decodes exactly one packet; which of the two it is shows its structure.
 * @throws {DecodeError}
 */
export function decodePacket(packet: Buffer): Request | Response {
  const content = contentOf(packet)
  const reader = new Reader(content)
  // Tag 5 is the servant's name in a request and the result code in a response.
  if (!reader.seek(5)) throw notAPacket('neither request nor response: tag 5 is missing')
  const isText = reader.type === wire.STRING1 || reader.type === wire.STRING4
  return isText ? decodeRequest(content) : decodeResponse(content)
}

/**
 * Decodes a RequestPacket that comes without its length. By hand, since a server does it for each packet.
 * @throws {DecodeError}
 */
export function decodeRequest(content: Buffer): Request {
  const reader = new Reader(content)
  const iVersion = int32(reader, 1, 'iVersion')
  const cPacketType = int32(reader, 2, 'cPacketType')
  const iMessageType = int32(reader, 3, 'iMessageType')
  const iRequestId = int32(reader, 4, 'iRequestId')
  const sServantName = field(reader, 5, 'sServantName').string()
  const sFuncName = field(reader, 6, 'sFuncName').string()
  const body = field(reader, 7, 'sBuffer').bytes()
  const iTimeout = int32(reader, 8, 'iTimeout')
  const context = texts.read(field(reader, 9, 'context'))
  const status = texts.read(field(reader, 10, 'status'))
  return {
    kind: 'request',
    header: {
      iVersion,
      cPacketType,
      iMessageType,
      iRequestId,
      sServantName,
      sFuncName,
      iTimeout,
      context,
      status,
    },
    body,
  }
}

/** The reader behind the header of a field that must be there. */
function field(reader: Reader, tag: number, name: string): Reader {
  if (reader.seek(tag)) return reader
  throw reader.missing(`${name} (tag ${tag})`)
}

function int32(reader: Reader, tag: number, name: string): number {
  return reader.intField(tag) ?? field(reader, tag, name).int()
}

/** Decodes a ResponsePacket that comes without its length. @throws {DecodeError} */
export function decodeResponse(content: Buffer): Response {
  const { sBuffer, ...header } = ResponsePacket.bare.decode(content)
  return { kind: 'response', header, body: asBuffer(sBuffer) }
}

export function encodeRequest(header: Partial<RequestHeader>, body: Uint8Array): Buffer {
  return withLength(RequestPacket.bare.encode({ ...REQUEST_DEFAULTS, ...header, sBuffer: body }))
}

export function encodeResponse(header: Partial<ResponseHeader>, body: Uint8Array): Buffer {
  return withLength(ResponsePacket.bare.encode({ ...RESPONSE_DEFAULTS, ...header, sBuffer: body }))
}

function contentOf(packet: Buffer): Buffer {
  if (packet.length < LENGTH_BYTES) throw notAPacket(`only ${packet.length} bytes`)
  const length = packet.readUInt32BE(0)
  if (length === packet.length) return packet.subarray(LENGTH_BYTES)
  throw notAPacket(`the length says ${length}, but there are ${packet.length} bytes`)
}

function withLength(content: Buffer): Buffer {
  const packet = Buffer.allocUnsafe(LENGTH_BYTES + content.length)
  packet.writeUInt32BE(packet.length, 0)
  content.copy(packet, LENGTH_BYTES)
  return packet
}

function notAPacket(why: string): DecodeError {
  return new DecodeError('not-a-packet', why)
}

function asBuffer(view: Uint8Array): Buffer {
  return Buffer.from(view.buffer, view.byteOffset, view.byteLength)
}
