/** A file that comes to be as a whole or not at all: written beside its name, made durable, then renamed. */
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { syncFolder } from '../durable-file.ts'

/** Files that end so were being written when a process ended; nobody needs them. */
export const PART_SUFFIX = '.part'
const BUFFERED_BYTES = 1024 * 1024

export class PartFile {
  /** Bytes so far. */
  length = 0
  readonly #path: string
  readonly #file: FileHandle
  #waiting: Uint8Array[] = []
  #waitingBytes = 0

  private constructor(path: string, file: FileHandle) {
    this.#path = path
    this.#file = file
  }

  static async create(path: string): Promise<PartFile> {
    return new PartFile(path, await open(path + PART_SUFFIX, 'w'))
  }

  async append(bytes: Uint8Array): Promise<void> {
    this.#waiting.push(bytes)
    this.#waitingBytes += bytes.length
    this.length += bytes.length
    if (this.#waitingBytes >= BUFFERED_BYTES) await this.#flush()
  }

  /** From here on the file is there, also after a power cut. */
  async finish(): Promise<void> {
    await this.#flush()
    await this.#file.sync()
    await this.#file.close()
    await rename(this.#path + PART_SUFFIX, this.#path)
    await syncFolder(dirname(this.#path))
  }

  async abandon(): Promise<void> {
    await this.#file.close().catch(() => {})
    await rm(this.#path + PART_SUFFIX, { force: true }).catch(() => {})
  }

  async #flush(): Promise<void> {
    const bytes = Buffer.concat(this.#waiting)
    this.#waiting = []
    this.#waitingBytes = 0
    for (let at = 0; at < bytes.length; ) {
      at += (await this.#file.write(bytes, at, bytes.length - at)).bytesWritten
    }
  }
}
