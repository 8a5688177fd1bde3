/**
 * Memory for many short pieces of bytes. A buffer for each would take as much again, and only a whole garbage
 * collection would free it.
 */

const PAGE_BYTES = 64 * 1024
/** Pieces of a page are all of one size, a multiple of this. */
const STEP_BYTES = 32

export class ChunkRoom {
  /** By the steps of a piece: pages that have a free one. The others are known by their pieces alone. */
  readonly #pages: Page[][] = []

  /** A page with room for a piece of so many bytes, 1 at least. What is put there is to be freed there. */
  pageFor(length: number): Page {
    const steps = Math.ceil(length / STEP_BYTES)
    while (this.#pages.length <= steps) this.#pages.push([])
    const pages = this.#pages[steps] as Page[]
    return pages.at(-1) ?? new Page(steps * STEP_BYTES, pages)
  }
}

/** Pieces of one size. */
export class Page {
  readonly bytes: Uint8Array
  readonly pieceBytes: number
  /** Those of its size that have a free piece. */
  readonly #withRoom: Page[]
  readonly #freed: number[] = []
  /** From here on no piece was ever taken. */
  #end = 0
  #taken = 0

  constructor(pieceBytes: number, withRoom: Page[]) {
    this.bytes = new Uint8Array(Math.max(1, Math.floor(PAGE_BYTES / pieceBytes)) * pieceBytes)
    this.pieceBytes = pieceBytes
    this.#withRoom = withRoom
    withRoom.push(this)
  }

  /** A free piece with these bytes; where it begins. */
  put(bytes: Uint8Array): number {
    const at = this.#freed.pop() ?? this.#end
    if (at === this.#end) this.#end += this.pieceBytes
    this.#taken++
    this.bytes.set(bytes, at)
    if (this.#isFull) this.#withRoom.splice(this.#withRoom.indexOf(this), 1)
    return at
  }

  free(at: number): void {
    if (this.#isFull) this.#withRoom.push(this)
    this.#freed.push(at)
    this.#taken--
    // The memory goes when nobody has a piece of it.
    if (this.#taken === 0) this.#withRoom.splice(this.#withRoom.indexOf(this), 1)
  }

  get #isFull(): boolean {
    return this.#freed.length === 0 && this.#end === this.bytes.length
  }
}
