/** A declared size alone makes no room: so many times the bytes there are, at the most. */
const ROOM = 4

/** The first bytes of a packet whose rest is still to come. */
export class UnfinishedPacket {
  /** Of the whole packet, or of its length while that is not known. */
  wantedBytes: number
  #room = Buffer.alloc(0)
  #length = 0

  constructor(wantedBytes: number) {
    this.wantedBytes = wantedBytes
  }

  /** How many bytes are there. */
  get length(): number {
    return this.#length
  }

  get isWhole(): boolean {
    return this.#length === this.wantedBytes
  }

  get bytes(): Buffer {
    return this.#room.subarray(0, this.#length)
  }

  /** Copies what is wanted of `data` from `at`; returns how many bytes. */
  add(data: Buffer, at: number): number {
    const count = Math.min(this.wantedBytes - this.#length, data.length - at)
    this.#reserve(this.#length + count)
    data.copy(this.#room, this.#length, at, at + count)
    this.#length += count
    return count
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#room.length) return
    // Not of the pool: a few bytes would keep all of it.
    const grown = Buffer.allocUnsafeSlow(Math.min(this.wantedBytes, ROOM * bytes))
    this.#room.copy(grown, 0, 0, this.#length)
    this.#room = grown
  }
}
