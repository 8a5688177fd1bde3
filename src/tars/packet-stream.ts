import { EventEmitter } from 'node:events'
import { messageOf } from '../support/failure.ts'

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
  #chunks: Buffer[] = []
  #heldBytes = 0
  /** It is not worth looking before so many bytes are there. */
  #wantedBytes = LENGTH_BYTES
  #isClosed = false

  constructor(limits: StreamLimits) {
    super()
    this.#limits = limits
  }

  /** One packet without its length. @throws {DecodeError} */
  protected abstract take(content: Buffer): void

  /** Called once, before the connection is closed for it. */
  protected abstract fault(fault: StreamFault, message: string): void

  feed(data: Buffer): void {
    if (this.#isClosed) return
    this.#push(data)
    this.#heldBytes += data.length
    if (!this.#limits.hold(data.length)) this.#fail('too-much-held', 'too many bytes held')
    if (this.#isClosed || this.#heldBytes < this.#wantedBytes) return
    const [first = data] = this.#chunks
    const all = this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks)
    const taken = this.#takeAll(all)
    // A copy: a view would keep all of it.
    this.#keep(taken === 0 ? all : Buffer.from(all.subarray(taken)))
  }

  /** No more comes: an unfinished packet is a fault. */
  finish(): void {
    if (this.#heldBytes > 0) this.#fail('malformed', `${this.#heldBytes} bytes of a packet`)
  }

  /** Lets go of what it holds. */
  reset(): void {
    this.#keep(Buffer.alloc(0))
  }

  /** Takes nothing more. */
  close(): void {
    this.#isClosed = true
    this.reset()
  }

  /** Takes the whole packets in `all`; returns how many bytes they are. */
  #takeAll(all: Buffer): number {
    let at = 0
    for (;;) {
      const left = all.length - at
      this.#wantedBytes = left < LENGTH_BYTES ? LENGTH_BYTES : all.readUInt32BE(at)
      if (this.#wantedBytes < LENGTH_BYTES || this.#wantedBytes > this.#limits.maxPacketBytes) {
        this.#failBySize(this.#wantedBytes)
      }
      if (this.#isClosed || left < this.#wantedBytes) return this.#isClosed ? all.length : at
      this.#takeOne(all.subarray(at + LENGTH_BYTES, at + this.#wantedBytes))
      at += this.#wantedBytes
    }
  }

  #takeOne(content: Buffer): void {
    try {
      this.take(content)
    } catch (error) {
      this.#fail('malformed', messageOf(error))
    }
  }

  #failBySize(bytes: number): void {
    const { maxPacketBytes } = this.#limits
    if (bytes < LENGTH_BYTES) this.#fail('malformed', `a packet of ${bytes} bytes`)
    else this.#fail('oversized', `a packet of ${bytes} bytes, at most ${maxPacketBytes} are taken`)
  }

  /** Joins what is small as digits carry: a chunk takes some 200 bytes besides its own. */
  #push(data: Buffer): void {
    let chunk = data
    for (let last = this.#chunks.at(-1); last && last.length <= chunk.length; ) {
      this.#chunks.pop()
      chunk = Buffer.concat([last, chunk])
      last = this.#chunks.at(-1)
    }
    this.#chunks.push(chunk)
  }

  #keep(rest: Buffer): void {
    this.#limits.hold(rest.length - this.#heldBytes)
    this.#heldBytes = rest.length
    this.#chunks = rest.length === 0 ? [] : [rest]
  }

  #fail(fault: StreamFault, message: string): void {
    if (this.#isClosed) return
    this.close()
    this.fault(fault, message)
    // Without a listener an 'error' event would be thrown: the connection is closed already.
    if (this.listenerCount('error') > 0) this.emit('error', new Error(message))
  }
}
