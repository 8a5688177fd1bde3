/** Which records of several blocks are the same, without an object for each. */
import type { BlockWalk } from './block-walk.ts'

/** What somebody calls records, beside their keys. */
export interface Numbers {
  /** They are less. */
  readonly count: number
  /** Of the record at a place of that block; the same for the same key, -1 when it has none. */
  in(walk: BlockWalk): (place: number) => number
}

/** A record without a number, in the newest block that has it. */
export interface Unnumbered {
  readonly walk: BlockWalk
  readonly place: number
}

/** One block's records: the entries from `first` on. */
interface Side {
  readonly walk: BlockWalk
  readonly first: number
  /** Of each record its name: its number or, behind all of these, its place in `unnumbered`. */
  readonly names: Int32Array
  /** Records that have a name; those after them cannot be read. */
  named: number
}

const NAMED_AT_ONCE = 1024
/** Read ahead of all blocks together. */
const AHEAD_BYTES = 16 * 1024 * 1024

export class RecordJoin {
  /** Their names begin at `numbers.count`. */
  readonly unnumbered: Unnumbered[] = []
  /** The record at hand: its name, the blocks that have it, the oldest first, and its places there. */
  name = 0
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

  /** How many there are. */
  get names(): number {
    return this.#numbers.count + this.unnumbered.length
  }

  /** A block that is newer than those before. */
  add(walk: BlockWalk): void {
    const { length } = walk.records
    this.#sides.push({ walk, first: this.#entries, names: new Int32Array(length), named: 0 })
    this.#entries += length
  }

  /** Once, when all blocks were added; stops now and then. `onFault`: of a block whose other records are left out. */
  *find(onFault: (cause: unknown) => void): Generator<void> {
    this.#newer = new Int32Array(this.#entries)
    for (const { walk } of this.#sides) walk.aheadBytes = AHEAD_BYTES / this.#sides.length
    for (const side of this.#sides.toReversed()) {
      try {
        const numberOf = this.#numbers.in(side.walk)
        while (side.named < side.names.length) {
          this.#nameSome(side, numberOf)
          yield
        }
      } catch (cause) {
        onFault(cause)
      }
    }
  }

  /** Goes to the next record, block after block in the order of keys; false behind the last. */
  next(): boolean {
    for (; this.#side < this.#sides.length; this.#side++) {
      const { names, first, named } = this.#sides[this.#side] as Side
      while (++this.#at < named) {
        this.name = names[this.#at] as number
        const entry = first + this.#at
        // Else it came with an older block.
        if (this.#oldest[this.name] !== entry) continue
        this.#follow(entry)
        return true
      }
      this.#at = -1
    }
    return false
  }

  end(): void {
    for (const { walk } of this.#sides) walk.end()
  }

  #nameSome(side: Side, numberOf: (place: number) => number): void {
    const { walk, names, first } = side
    const to = Math.min(side.named + NAMED_AT_ONCE, names.length)
    for (let at = side.named; at < to; at++) {
      const place = walk.records[at] as number
      const number = numberOf(place)
      const name = number >= 0 ? number : this.#nameOf(walk, place)
      names[at] = name
      this.#newer[first + at] = this.#oldest[name] as number
      this.#oldest[name] = first + at
      side.named = at + 1
    }
  }

  #nameOf(walk: BlockWalk, place: number): number {
    const key = walk.directory.key(place)
    const known = this.#keys.get(key)
    if (known !== undefined) return known
    // Where its labels cannot be read, an older block may tell who it is.
    walk.directory.loadLabels()
    const name = this.names
    this.unnumbered.push({ walk, place })
    this.#keys.set(key, name)
    if (name >= this.#oldest.length) this.#grow()
    return name
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

  #grow(): void {
    const grown = new Int32Array(Math.max(NAMED_AT_ONCE, 2 * this.#oldest.length))
    grown.set(this.#oldest)
    this.#oldest = grown
  }
}
