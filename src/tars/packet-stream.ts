import { EventEmitter } from 'node:events'
import { messageOf } from '../support/failure.ts'
import { UnfinishedPacket } from './unfinished-packet.ts'

const LENGTH_BYTES = 4

/** What is wrong with a stream of packets; it is closed then. */
export type StreamFault = 'oversized' | 'malformed' | 'too-much-held'

export interface StreamLimits {
  readonly maxPacketBytes: number
  /** Told how many bytes more (or fewer) of unfinished packets are held; false: too many. */
  hold(bytes: number): boolean
}

/**
 * Cuts a TCP stream into packets, within limits that @tars/rpc does not have. Stands in for the
 * framing of @tars/rpc, so it speaks by its events: `error` makes the server close the connection.
 */
export abstract class PacketStream extends EventEmitter {
  readonly name = 'tars'
  readonly #limits: StreamLimits
  #unfinished: UnfinishedPacket | undefined
  #isClosed = false

  constructor(limits: StreamLimits) {
    super()
    this.#limits = limits
  }

  /** One packet without its length: a view, mostly of what was fed. @throws {DecodeError} */
  protected abstract take(content: Buffer): void

  /** Called once, before the connection is closed for it. */
  protected abstract fault(fault: StreamFault, message: string): void

  /** Keeps nothing of `data`, which may be filled anew afterwards. */
  feed(data: Buffer): void {
    let at = 0
    while (at < data.length && !this.#isClosed) {
      at = this.#unfinished ? this.#join(this.#unfinished, data, at) : this.#cut(data, at)
    }
  }

  /** No more comes: an unfinished packet is a fault. */
  finish(): void {
    if (this.#unfinished) this.#fail('malformed', `${this.#unfinished.length} bytes of a packet`)
  }

  /** Lets go of what it holds. */
  reset(): void {
    this.#limits.hold(-(this.#unfinished?.length ?? 0))
    this.#unfinished = undefined
  }

  /** Takes nothing more. */
  close(): void {
    this.#isClosed = true
    this.reset()
  }

  /** Takes the packet that begins at `at`, or keeps its beginning. Returns where the next one begins. */
  #cut(data: Buffer, at: number): number {
    const left = data.length - at
    const wanted = left < LENGTH_BYTES ? LENGTH_BYTES : this.#sizeAt(data, at)
    if (this.#isClosed) return data.length
    if (left < wanted) return this.#join(new UnfinishedPacket(wanted), data, at)
    this.#takeOne(data.subarray(at + LENGTH_BYTES, at + wanted))
    return at + wanted
  }

  /** Adds what belongs to an unfinished packet, and takes that when it is whole. Returns where to go on. */
  #join(packet: UnfinishedPacket, data: Buffer, at: number): number {
    this.#unfinished = packet
    const added = packet.add(data, at)
    if (!this.#limits.hold(added)) this.#fail('too-much-held', 'too many bytes held')
    if (packet.length === LENGTH_BYTES) packet.wantedBytes = this.#sizeAt(packet.bytes, 0)
    if (packet.isWhole && !this.#isClosed) {
      this.reset()
      this.#takeOne(packet.bytes.subarray(LENGTH_BYTES))
    }
    return at + added
  }

  /** The size of the packet at `at`; fails when it cannot be. */
  #sizeAt(bytes: Buffer, at: number): number {
    const { maxPacketBytes } = this.#limits
    const size = bytes.readUInt32BE(at)
    if (size < LENGTH_BYTES) this.#fail('malformed', `a packet of ${size} bytes`)
    else if (size > maxPacketBytes) {
      this.#fail('oversized', `a packet of ${size} bytes, at most ${maxPacketBytes} are taken`)
    }
    return size
  }

  #takeOne(content: Buffer): void {
    try {
      this.take(content)
    } catch (error) {
      this.#fail('malformed', messageOf(error))
    }
  }

  #fail(fault: StreamFault, message: string): void {
    if (this.#isClosed) return
    this.close()
    this.fault(fault, message)
    // Without a listener an 'error' event would be thrown: the connection is closed already.
    if (this.listenerCount('error') > 0) this.emit('error', new Error(message))
  }
}
