/** What readers read: blocks, and from where on memory. Nothing of it changes; a newer view takes its place. */
import type { UnixMs } from '../../../model/time.ts'
import type { Block } from '../block/block.ts'

export interface View {
  /** Raw rows, the oldest first. */
  readonly blocks: readonly Block[]
  /** Hourly roll-ups, the oldest first. */
  readonly hours: readonly Block[]
  /** Files that cannot be read at all, in words. */
  readonly missing: readonly string[]
  /** Memory has all rows from here on, blocks those before. */
  readonly floorMs: UnixMs
  /** Up to here, included, hours count; raw rows after it. */
  readonly rolledMs: UnixMs
  /** The flush whose block is the newest. */
  readonly epoch: number
}

/** The newest view, and those that someone still reads. */
export class Views {
  #current: View
  /** Of the newest view: they count up. */
  #number = 0
  /** How many read each view that is read, by its number. */
  readonly #readers = new Map<number, number>()
  readonly #waiting = new Set<{ readonly number: number; readonly done: () => void }>()

  constructor(first: View) {
    this.#current = first
  }

  get current(): View {
    return this.#current
  }

  /** `read` may take its time: what it reads stays. */
  async read<Answer>(read: (view: View) => Promise<Answer>): Promise<Answer> {
    const [view, number] = [this.#current, this.#number]
    this.#readers.set(number, (this.#readers.get(number) ?? 0) + 1)
    try {
      return await read(view)
    } finally {
      this.#left(number)
    }
  }

  /** Resolves when nobody reads an older view. */
  replace(parts: Partial<View>): Promise<void> {
    this.#current = { ...this.#current, ...parts }
    const number = ++this.#number
    if (!this.#isReadBefore(number)) return Promise.resolve()
    return new Promise((done) => {
      this.#waiting.add({ number, done })
    })
  }

  #left(number: number): void {
    const left = (this.#readers.get(number) ?? 0) - 1
    if (left > 0) {
      this.#readers.set(number, left)
      return
    }
    this.#readers.delete(number)
    for (const each of this.#waiting) {
      if (this.#isReadBefore(each.number)) continue
      this.#waiting.delete(each)
      each.done()
    }
  }

  #isReadBefore(number: number): boolean {
    for (const read of this.#readers.keys()) if (read < number) return true
    return false
  }
}
