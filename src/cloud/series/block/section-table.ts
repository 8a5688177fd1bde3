/** Where the sections of an open block are: some tens of bytes each, however many there are. */

import type { SectionId, SectionPlace } from './section.ts'

export class SectionTable {
  readonly length: number
  readonly #kinds: Uint8Array
  readonly #families: Uint16Array
  readonly #slices: Int32Array
  readonly #columns: Uint32Array
  readonly #groups: Uint32Array
  readonly #offsets: Float64Array
  readonly #lengths: Uint32Array

  constructor(places: readonly SectionPlace[]) {
    const { length } = places
    this.length = length
    this.#kinds = Uint8Array.from(places, ({ id }) => id.kind)
    this.#families = Uint16Array.from(places, ({ id }) => id.family)
    this.#slices = Int32Array.from(places, ({ id }) => id.slice)
    this.#columns = Uint32Array.from(places, ({ id }) => id.column)
    this.#groups = Uint32Array.from(places, ({ id }) => id.group)
    this.#offsets = Float64Array.from(places, ({ offset }) => offset)
    this.#lengths = Uint32Array.from(places, ({ length }) => length)
  }

  /** About what it takes in memory. */
  get bytes(): number {
    return this.length * 27
  }

  id(at: number): SectionId {
    return {
      kind: this.#kinds[at] as number,
      family: this.#families[at] as number,
      slice: this.#slices[at] as number,
      column: this.#columns[at] as number,
      group: this.#groups[at] as number,
    }
  }

  place(at: number): SectionPlace {
    const offset = this.#offsets[at] as number
    return { id: this.id(at), offset, length: this.#lengths[at] as number }
  }
}
