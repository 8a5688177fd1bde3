/** What was read of blocks, the least used forgotten first; one for all blocks of a process. */
export class BlockCache {
  /** Answers given without reading, and all the others. */
  readonly counts = { hits: 0, misses: 0 }
  readonly #maxBytes: number
  readonly #entries = new Map<number, { readonly value: unknown; readonly bytes: number }>()
  #bytes = 0
  #files = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** About how much memory it holds. */
  get bytes(): number {
    return this.#bytes
  }

  /** A number for a file, no other's. */
  register(): number {
    return this.#files++
  }

  has(file: number, section: number): boolean {
    return this.#entries.has(keyOf(file, section))
  }

  /** What `make` made for this section, now or before. The same section always is asked for with the same `make`. */
  get<Value>(file: number, section: number, make: () => Sized<Value>): Value {
    const key = keyOf(file, section)
    const known = this.#entries.get(key)
    if (known) {
      this.counts.hits++
      this.#entries.delete(key)
      this.#entries.set(key, known)
      return known.value as Value
    }
    this.counts.misses++
    const made = make()
    this.#entries.set(key, made)
    this.#bytes += made.bytes
    this.#bound()
    return made.value
  }

  /** Forgets all of a file. */
  drop(file: number, sections: number): void {
    for (let section = 0; section < sections; section++) this.#forget(keyOf(file, section))
  }

  #bound(): void {
    for (const key of this.#entries.keys()) {
      if (this.#bytes <= this.#maxBytes) return
      this.#forget(key)
    }
  }

  #forget(key: number): void {
    this.#bytes -= this.#entries.get(key)?.bytes ?? 0
    this.#entries.delete(key)
  }
}

/** `bytes`: about what it takes in memory. */
export interface Sized<Value> {
  readonly value: Value
  readonly bytes: number
}

function keyOf(file: number, section: number): number {
  return file * 2 ** 28 + section
}
