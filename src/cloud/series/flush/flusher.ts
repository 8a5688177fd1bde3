/** Brings what memory has and blocks do not to disk: one block for each flush, and the log begins anew. */
import { join } from 'node:path'
import { type Block, type OpenOptions, openBlock } from '../block/block.ts'
import { blockName } from '../block/block-folder.ts'
import { writeBlock } from '../block/block-writer.ts'
import type { BatchLog } from '../log/batch-log.ts'
import { TAKEN_MS } from '../memory/head.ts'
import type { Memory } from '../memory/memory.ts'
import { Flush } from './flush.ts'
import type { FlushFiles } from './flush-files.ts'

export interface FlusherOptions {
  /** Of the blocks. */
  readonly folder: string
  readonly memory: Memory
  readonly log: BatchLog
  readonly files: FlushFiles
  readonly open: OpenOptions
}

export interface Flushed {
  readonly block: Block
  readonly epoch: number
  /** Forgets log and files that the block makes superfluous. */
  readonly tidy: () => Promise<void>
}

export class Flusher {
  readonly #options: FlusherOptions
  /** Of the newest block. */
  #number: number

  constructor(options: FlusherOptions, newestNumber: number) {
    this.#options = options
    this.#number = newestNumber
  }

  /** @throws {SeriesFailure} the disk does not take it: all of it is news again. */
  async flush(): Promise<Flushed> {
    const { folder, memory, files, log, open } = this.#options
    const { head } = memory
    const number = this.#number + 1
    const { flush, samples, state, events } = await this.#begin()
    try {
      await files.write(number, state, events)
      const path = join(folder, blockName(number, 0))
      const note = JSON.stringify({ log: state.log, flushedMs: state.flushedMs })
      const startMs = Math.min(flush.startMs, samples.startMs)
      const families = [...flush.families, samples.family]
      await writeBlock(path, families, { startMs, endMs: flush.endMs }, { note })
      flush.end()
      samples.end(true)
      this.#number = number
      const tidy = async () => {
        await log.dropBefore(state.log)
        await files.dropBefore(number, head.newestMs - TAKEN_MS)
      }
      return { block: openBlock(path, open), epoch: head.border.epoch, tidy }
    } catch (cause) {
      if (this.#number < number) {
        flush.takeBack()
        samples.end(false)
        head.events.takeBack(events)
      }
      throw cause
    }
  }

  /** All at one instant: what is applied by then is in it, nothing else is. */
  async #begin() {
    const { memory, log } = this.#options
    const { head } = memory
    return log.cut((firstSegment) => {
      const flush = new Flush(head.border, head.families.all)
      const state = memory.snapshot(firstSegment, flush.endMs)
      return { flush, samples: head.samples.flush(), state, events: head.events.takeFresh() }
    })
  }
}
