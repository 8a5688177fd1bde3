/** Labels of a request of version 2.0 by the numbers of their symbols: each is made once, mostly. */
import { Label } from './label.ts'
import { TextFault } from './proto-reader.ts'

/** A power of two. */
const PLACES = 16_384

interface Kept {
  readonly name: number
  readonly value: number
  readonly label: Label
}

export class SymbolLabels {
  readonly #symbols: (string | TextFault)[] = []
  /** Each label has one place, which the next to want it takes over. */
  readonly #places: (Kept | undefined)[] = new Array(PLACES)

  get size(): number {
    return this.#symbols.length
  }

  add(symbol: string | TextFault): void {
    this.#symbols.push(symbol)
  }

  get(name: number, value: number): Label {
    const place = (Math.imul(name, 0x9e3779b1) ^ value) & (PLACES - 1)
    const kept = this.#places[place]
    if (kept?.name === name && kept.value === value) return kept.label
    const label = new Label(this.#symbol(name), this.#symbol(value))
    this.#places[place] = { name, value, label }
    return label
  }

  #symbol(number: number): string | TextFault {
    return this.#symbols[number] ?? new TextFault(`is symbol ${number} of ${this.size}`)
  }
}
