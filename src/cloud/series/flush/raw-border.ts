/**
 * Up to where hours have taken the place of raw rows, kept on disk: a retention made longer does not bring back
 * blocks that are deleted, so hours go on answering for them, also after a start.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { UnixMs } from '../../../model/time.ts'
import { replaceFile } from '../durable-file.ts'
import { RAW_BORDER } from '../layout.ts'

export class RawBorder {
  readonly #path: string
  #ms: UnixMs

  private constructor(path: string, ms: UnixMs) {
    this.#path = path
    this.#ms = ms
  }

  /** `-Infinity` when none was stored; a broken one is as none. @throws what the system says. */
  static async open(folder: string): Promise<RawBorder> {
    const path = join(folder, RAW_BORDER)
    const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT') return ''
      throw cause
    })
    return new RawBorder(path, /^\d{1,15}$/.test(text) ? Number(text) : -Infinity)
  }

  get ms(): UnixMs {
    return this.#ms
  }

  /** Durable when it resolves; it never falls. @throws what the system says. */
  async raise(ms: UnixMs): Promise<void> {
    if (ms <= this.#ms) return
    await replaceFile(this.#path, String(ms))
    this.#ms = ms
  }
}
