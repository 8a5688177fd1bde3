/** Labels of one request by the bytes they are sent as: nearly all come many times, and are decoded once. */
import type { TextFault } from './proto-reader.ts'

export interface Label {
  readonly name: string | TextFault
  readonly value: string | TextFault
}

/** A power of two. */
const PLACES = 4096

interface Kept {
  readonly start: number
  readonly end: number
  readonly label: Label
}

export class LabelCache {
  readonly #bytes: Buffer
  /** Each label has one place, which the next to want it takes over. */
  readonly #places: (Kept | undefined)[] = new Array(PLACES)

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  /** The label in these bytes of the request; `read` is called when it is not known. */
  get(start: number, end: number, read: () => Label): Label {
    const place = this.#hash(start, end) & (PLACES - 1)
    const kept = this.#places[place]
    if (kept && this.#same(kept, start, end)) return kept.label
    const label = read()
    this.#places[place] = { start, end, label }
    return label
  }

  #hash(start: number, end: number): number {
    let hash = end - start
    for (let i = start; i < end; i++) hash = (Math.imul(hash, 31) + (this.#bytes[i] as number)) | 0
    return hash ^ (hash >>> 12)
  }

  #same(kept: Kept, start: number, end: number): boolean {
    if (kept.end - kept.start !== end - start) return false
    const offset = kept.start - start
    for (let i = start; i < end; i++) {
      if (this.#bytes[i] !== this.#bytes[i + offset]) return false
    }
    return true
  }
}
