/** Keys of a few 32-bit integers each, numbered: a hash table in flat arrays. */
import { randomInt } from 'node:crypto'

const FIRST_KEYS = 1024

export class IntegerKeys {
  /** Keys: numbered 0, 1, 2 … as they were added. */
  size = 0
  readonly #width: number
  /** Key after key. */
  #keys: Int32Array
  /** Open addressing: 0 is free, else the number of a key + 1. A power of two, at most half taken. */
  #slots: Int32Array
  /** Nobody can choose keys that meet in one place. */
  readonly #seed = randomInt(2 ** 32)

  /** `room`: about how many keys there will be. */
  constructor(width: number, room = FIRST_KEYS) {
    const keys = 2 ** Math.ceil(Math.log2(Math.max(room, FIRST_KEYS)))
    this.#width = width
    this.#keys = new Int32Array(keys * width)
    this.#slots = new Int32Array(keys * 2)
  }

  /** The number of a key; -1 when it is not there. Quickest when it is `guess`. */
  find(key: Int32Array, guess: number): number {
    if (guess < this.size && this.#is(key, 0, guess)) return guess
    return (this.#slots[this.#place(key, 0)] as number) - 1
  }

  /** The number of a key, which is added when it is not there. */
  take(key: Int32Array): number {
    if (this.size * 2 >= this.#slots.length) this.#grow()
    const place = this.#place(key, 0)
    const known = this.#slots[place] as number
    if (known > 0) return known - 1
    this.#keys.set(key, this.size * this.#width)
    this.#slots[place] = ++this.size
    return this.size - 1
  }

  /** Writes a key. */
  read(number: number, into: Int32Array): void {
    const start = number * this.#width
    for (let part = 0; part < this.#width; part++) into[part] = this.#keys[start + part] as number
  }

  #is(keys: Int32Array, start: number, number: number): boolean {
    const known = number * this.#width
    for (let part = 0; part < this.#width; part++) {
      if (this.#keys[known + part] !== keys[start + part]) return false
    }
    return true
  }

  /** The slot of the key that starts there, or the free one where it belongs. */
  #place(keys: Int32Array, start: number): number {
    const mask = this.#slots.length - 1
    let place = this.#hash(keys, start) & mask
    for (;;) {
      const taken = this.#slots[place] as number
      if (taken === 0 || this.#is(keys, start, taken - 1)) return place
      place = (place + 1) & mask
    }
  }

  #hash(keys: Int32Array, start: number): number {
    let hash = this.#seed
    for (let part = 0; part < this.#width; part++) {
      hash = Math.imul(hash ^ (keys[start + part] as number), 0x9e3779b1)
      hash ^= hash >>> 15
    }
    return hash
  }

  #grow(): void {
    const keys = new Int32Array(this.#keys.length * 2)
    keys.set(this.#keys)
    this.#keys = keys
    this.#slots = new Int32Array(this.#slots.length * 2)
    for (let number = 0; number < this.size; number++) {
      this.#slots[this.#place(keys, number * this.#width)] = number + 1
    }
  }
}
