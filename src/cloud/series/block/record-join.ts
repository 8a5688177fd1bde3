/** Which records of several blocks are the same, without an object for each. */
import type { BlockWalk } from './block-walk.ts'

/** What somebody calls records, beside their keys. */
export interface Numbers {
  /** Of the record at that place of a block, the same for the same key; -1 when it has none. */
  of(walk: BlockWalk, place: number): number
  /** They are less. */
  readonly count: number
}

/** One block's records: the entries from `first` on. */
export interface Side {
  readonly walk: BlockWalk
  readonly first: number
  /** Of each record its name: its number, or behind these that of its key. */
  readonly names: Int32Array
  /** Records that have a name; the others cannot be read. */
  named: number
}

const NAMED_AT_ONCE = 1024

export class RecordJoin {
  /** The blocks that have the record at hand, the oldest first, and its places in them. */
  readonly walks: BlockWalk[] = []
  readonly places: number[] = []
  readonly #numbers: Numbers
  /** The oldest first. */
  readonly #sides: Side[] = []
  /** Of all; 0 is none. */
  #entries = 1
  /** Of each name its entry in the oldest block. */
  #oldest: Int32Array
  /** Of each entry that in the next newer block. */
  #newer = new Int32Array(0)
  readonly #keys = new Map<string, number>()
  #side = 0
  #at = -1

  constructor(numbers: Numbers) {
    this.#numbers = numbers
    this.#oldest = new Int32Array(numbers.count)
  }

  get sides(): readonly Side[] {
    return this.#sides
  }

  /** A block that is newer than those before. */
  add(walk: BlockWalk): void {
    const { length } = walk.records
    this.#sides.push({ walk, first: this.#entries, names: new Int32Array(length), named: 0 })
    this.#entries += length
  }

  /** Finds the names of some more records of a block, the newest block first; whether there are others. @throws {BlockFailure} */
  name(side: Side): boolean {
    if (this.#newer.length === 0) this.#newer = new Int32Array(this.#entries)
    const { walk, names, first } = side
    const to = Math.min(side.named + NAMED_AT_ONCE, names.length)
    for (let at = side.named; at < to; at++) {
      const name = this.#nameOf(walk, walk.records[at] as number)
      names[at] = name
      this.#newer[first + at] = this.#oldest[name] as number
      this.#oldest[name] = first + at
      side.named = at + 1
    }
    return to < names.length
  }

  /** Goes to the next record, block after block in the order of keys; false behind the last. */
  next(): boolean {
    for (; this.#side < this.#sides.length; this.#side++) {
      const { names, first, named } = this.#sides[this.#side] as Side
      while (++this.#at < named) {
        const entry = first + this.#at
        // Else it came with an older block.
        if (this.#oldest[names[this.#at] as number] !== entry) continue
        this.#follow(entry)
        return true
      }
      this.#at = -1
    }
    return false
  }

  /** Whether one of the blocks has the record of that number. */
  has(number: number): boolean {
    return number < this.#numbers.count && this.#oldest[number] !== 0
  }

  #follow(oldest: number): void {
    this.walks.length = 0
    this.places.length = 0
    for (let side = this.#side, entry = oldest; entry !== 0; side++) {
      const { walk, first, names } = this.#sides[side] as Side
      if (entry >= first + names.length) continue
      this.walks.push(walk)
      this.places.push(walk.records[entry - first] as number)
      entry = this.#newer[entry] as number
    }
  }

  #nameOf(walk: BlockWalk, place: number): number {
    const number = this.#numbers.of(walk, place)
    if (number >= 0) return number
    const key = walk.directory.key(place)
    const known = this.#keys.get(key)
    if (known !== undefined) return known
    const name = this.#numbers.count + this.#keys.size
    this.#keys.set(key, name)
    if (name >= this.#oldest.length) this.#grow()
    return name
  }

  #grow(): void {
    const grown = new Int32Array(Math.max(NAMED_AT_ONCE, 2 * this.#oldest.length))
    grown.set(this.#oldest)
    this.#oldest = grown
  }
}
