import type { SpoolFailure } from './failure.ts'
import type { SpoolRecord } from './record.ts'
import type { NewRecord } from './segment-writer.ts'

/** A batch that is not on disk yet. */
export interface Waiting extends NewRecord {
  /** The cloud has it from memory. */
  taken: boolean
  /** Ends the wait of who appended it. */
  readonly settle: (failure?: SpoolFailure) => void
}

/** What one write takes at the most, unless a single batch is larger. */
const MAX_GROUP_BYTES = 4 * 1024 * 1024

/** Batches on their way to disk, oldest first. */
export class WaitingLine {
  #line: Waiting[] = []
  #bytes = 0

  get bytes(): number {
    return this.#bytes
  }

  get batches(): number {
    return this.#line.length
  }

  /** The oldest that the cloud does not have. */
  get first(): Waiting | undefined {
    return this.#line.find(({ taken }) => !taken)
  }

  of(record: SpoolRecord): Waiting | undefined {
    return this.#line.find((each) => each.record === record)
  }

  push(waiting: Waiting): void {
    this.#line.push(waiting)
    this.#bytes += waiting.bytes.length
  }

  leave(gone: readonly Waiting[]): void {
    const left = new Set(gone)
    this.#line = this.#line.filter((each) => !left.has(each))
    this.#bytes = this.#line.reduce((sum, { bytes }) => sum + bytes.length, 0)
  }

  /** As many of the oldest as one write takes. */
  group(): Waiting[] {
    let bytes = 0
    const end = this.#line.findIndex((each, index) => {
      bytes += each.bytes.length
      return index > 0 && bytes > MAX_GROUP_BYTES
    })
    return end < 0 ? [...this.#line] : this.#line.slice(0, end)
  }

  /** The oldest, until no more than `maxBytes` or a single batch is left. */
  takeOldestBeyond(maxBytes: number): Waiting[] {
    const taken: Waiting[] = []
    while (this.#bytes > maxBytes && this.#line.length > 1) {
      const oldest = this.#line.shift()
      if (oldest) taken.push(oldest)
      this.#bytes -= oldest?.bytes.length ?? 0
    }
    return taken
  }

  /** Those need no disk. */
  dropTaken(): void {
    this.leave(this.#line.filter(({ taken }) => taken))
  }

  takeAll(): Waiting[] {
    this.#bytes = 0
    return this.#line.splice(0)
  }
}
