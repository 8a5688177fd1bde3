/** Labels of one request by the bytes they are sent as: nearly all come many times, and are decoded once. */
import type { Label } from './label.ts'

/** A power of two. */
const PLACES = 4096

interface Kept {
  readonly start: number
  readonly end: number
  readonly label: Label
}

export class LabelCache {
  readonly #view: DataView
  /** Each label has one place, which the next to want it takes over. */
  readonly #places: (Kept | undefined)[] = new Array(PLACES)

  constructor({ buffer, byteOffset, length }: Buffer) {
    this.#view = new DataView(buffer, byteOffset, length)
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
    let at = start
    for (; at + 4 <= end; at += 4) {
      hash = Math.imul(hash ^ this.#view.getInt32(at), 0x9e3779b1)
      hash ^= hash >>> 15
    }
    for (; at < end; at++) hash = (Math.imul(hash, 31) + this.#view.getUint8(at)) | 0
    return hash ^ (hash >>> 12)
  }

  #same(kept: Kept, start: number, end: number): boolean {
    if (kept.end - kept.start !== end - start) return false
    const offset = kept.start - start
    let at = start
    for (; at + 4 <= end; at += 4) {
      if (this.#view.getInt32(at) !== this.#view.getInt32(at + offset)) return false
    }
    for (; at < end; at++) {
      if (this.#view.getUint8(at) !== this.#view.getUint8(at + offset)) return false
    }
    return true
  }
}
