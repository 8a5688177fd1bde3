/** What readers read: blocks, and from where on memory. Nothing of it changes; a newer view takes its place. */
import type { UnixMs } from '../../model/time.ts'
import type { Block } from './block/block.ts'

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
  #readers = 0
  /** Of views that were replaced, how many read them. */
  #leaving: { readers: number; readonly done: () => void } | undefined

  constructor(first: View) {
    this.#current = first
  }

  get current(): View {
    return this.#current
  }

  /** `read` may take its time: what it reads stays. */
  async read<Answer>(read: (view: View) => Promise<Answer>): Promise<Answer> {
    const view = this.#current
    this.#readers++
    try {
      return await read(view)
    } finally {
      this.#left(view)
    }
  }

  /** Resolves when nobody reads an older view. One at a time. */
  replace(parts: Partial<View>): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#current = { ...this.#current, ...parts }
    if (this.#readers === 0) return Promise.resolve()
    this.#leaving = { readers: this.#readers, done: resolve }
    this.#readers = 0
    return promise
  }

  #left(view: View): void {
    if (view === this.#current || !this.#leaving) {
      this.#readers--
      return
    }
    if (--this.#leaving.readers > 0) return
    this.#leaving.done()
    this.#leaving = undefined
  }
}
