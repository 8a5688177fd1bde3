import { closeSync, fstatSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { messageOf } from './failure.ts'
import { makeFolder } from './make-folder.ts'

export interface RotatingFileLimits {
  /** Of one file. */
  readonly maxBytes: number
  /** The present one included. */
  readonly maxFiles: number
}

/**
 * A log file of bounded size: `a.log`, before it `a1.log`, before that `a2.log` …, as TARS names
 * them. Written synchronously, so nothing is lost when the process ends. What cannot be written is
 * left out and counted: a full disk must not stop the process.
 */
export class RotatingFile {
  readonly path: string
  readonly #limits: RotatingFileLimits
  #fd: number | undefined
  #bytes = 0
  #lost = 0
  #trouble: string | undefined

  /** `path` ends in `.log`; folders are made. Never throws for the disk: see {@link trouble}. */
  constructor(path: string, limits: RotatingFileLimits) {
    if (!path.endsWith('.log')) throw new RangeError(`'${path}' does not end in .log`)
    if (!(limits.maxBytes > 0 && limits.maxFiles > 0)) throw new RangeError('limits must be > 0')
    this.path = path
    this.#limits = limits
    this.#try(() => this.#open())
  }

  /** Why the last line could not be written; undefined when it could. */
  get trouble(): string | undefined {
    return this.#trouble
  }

  /** Lines left out. */
  get lost(): number {
    return this.#lost
  }

  /** One line with its end; what exceeds a whole file is cut. */
  write(line: string): void {
    const { maxBytes } = this.#limits
    const bytes = Buffer.from(line)
    const fitting = bytes.length <= maxBytes ? bytes : bytes.subarray(0, maxBytes)
    const isWritten = this.#try(() => {
      const open = this.#fd ?? this.#open()
      const fd = this.#bytes + fitting.length > maxBytes ? this.#rotate(open) : open
      this.#bytes += writeSync(fd, fitting)
    })
    if (!isWritten) this.#lost++
  }

  close(): void {
    const fd = this.#fd
    this.#fd = undefined
    if (fd !== undefined) this.#try(() => closeSync(fd))
  }

  #try(act: () => void): boolean {
    try {
      act()
      this.#trouble = undefined
      return true
    } catch (error) {
      this.#trouble = messageOf(error)
      return false
    }
  }

  #open(): number {
    makeFolder(dirname(this.path))
    const fd = openSync(this.path, 'a')
    this.#fd = fd
    this.#bytes = fstatSync(fd).size
    return fd
  }

  /** When it fails halfway the next line tries again: the file is still too large then. */
  #rotate(fd: number): number {
    this.#fd = undefined
    closeSync(fd)
    const oldest = this.#limits.maxFiles - 1
    rmSync(this.#name(oldest), { force: true })
    for (let n = oldest; n > 0; n--) moveIfThere(this.#name(n - 1), this.#name(n))
    return this.#open()
  }

  /** The n-th file before the present one. */
  #name(n: number): string {
    return n === 0 ? this.path : this.path.replace(/\.log$/, `${n}.log`)
  }
}

function moveIfThere(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  }
}
