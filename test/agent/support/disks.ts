import { existsSync, truncateSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { type Disk, realDisk } from '../../../src/agent/spool/segment-writer.ts'

/** A disk whose fsyncs wait until they are let go. */
export class SlowDisk implements Disk {
  readonly create = realDisk.create
  readonly truncate = realDisk.truncate
  readonly write = realDisk.write
  syncs = 0
  #waiting: (() => void)[] = []
  #held = false
  #onWaiting: () => void = () => {}

  hold(): void {
    this.#held = true
  }

  release(): void {
    this.#held = false
    for (const go of this.#waiting.splice(0)) go()
  }

  /** Resolves when an fsync waits. */
  async waiting(): Promise<void> {
    if (this.#waiting.length > 0) return
    await new Promise<void>((resolve) => {
      this.#onWaiting = resolve
    })
  }

  async sync(...args: Parameters<Disk['sync']>): Promise<void> {
    this.syncs++
    if (this.#held) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve)
        this.#onWaiting()
      })
    }
    await realDisk.sync(...args)
  }
}

/** A disk that is full, or breaks at fsync, while told so. Its fsync does nothing else: no power fails here. */
export class FailingDisk implements Disk {
  readonly create = realDisk.create
  readonly truncate = realDisk.truncate
  fails: 'never' | 'write' | 'half-write' | 'sync' = 'never'

  async write(...[file, bytes]: Parameters<Disk['write']>): Promise<void> {
    if (this.fails === 'half-write') {
      await realDisk.write(file, bytes.subarray(0, bytes.length / 2))
    }
    if (this.fails === 'write' || this.fails === 'half-write') {
      throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
    }
    await realDisk.write(file, bytes)
  }

  async sync(): Promise<void> {
    if (this.fails === 'sync') throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' })
  }
}

type Step = 'create' | 'write' | 'half-write' | 'sync'

/**
 * A disk that is full from a step on, or loses power: what was not synced then stays in part.
 * Its fsync is only remembered.
 */
export class MortalDisk implements Disk {
  /** Steps it still does before it fails. */
  #stepsLeft = Number.POSITIVE_INFINITY
  #fails: Step = 'write'
  #isDead = false
  readonly #files = new Map<FileHandle, { readonly path: string; bytes: number; synced: number }>()

  /** From the `after`-th step of this kind on each fails: ENOSPC. */
  fill(fails: Step, after: number): void {
    this.#fails = fails
    this.#stepsLeft = after
  }

  work(): void {
    this.#stepsLeft = Number.POSITIVE_INFINITY
  }

  /** Nothing is done any more. */
  die(): void {
    this.#isDead = true
  }

  /** Cuts each file where power failed; `share` of what was not synced stays. The next disk is another. */
  cutTails(share: number): void {
    for (const { path, bytes, synced } of this.#files.values()) {
      const left = synced + Math.round((bytes - synced) * share)
      if (existsSync(path) && bytes > left) truncateSync(path, left)
    }
  }

  async create(path: string): Promise<FileHandle> {
    this.#step('create')
    const file = await realDisk.create(path)
    this.#files.set(file, { path, bytes: 0, synced: 0 })
    return file
  }

  async write(file: FileHandle, bytes: Buffer): Promise<void> {
    try {
      this.#step('write')
      this.#step('half-write')
    } catch (error) {
      if (!this.#isDead && this.#fails === 'half-write')
        await this.#put(file, bytes.subarray(0, bytes.length / 2))
      throw error
    }
    await this.#put(file, bytes)
  }

  async sync(file: FileHandle): Promise<void> {
    this.#step('sync')
    const known = this.#files.get(file)
    if (known) known.synced = known.bytes
  }

  async truncate(file: FileHandle, bytes: number): Promise<void> {
    // A process that was killed cuts nothing.
    if (this.#isDead) throw new Error('no such process')
    await realDisk.truncate(file, bytes)
    const known = this.#files.get(file)
    if (known) known.bytes = bytes
  }

  async #put(file: FileHandle, bytes: Buffer): Promise<void> {
    await realDisk.write(file, bytes)
    const known = this.#files.get(file)
    if (known) known.bytes += bytes.length
  }

  #step(step: Step): void {
    if (!this.#isDead && (step !== this.#fails || this.#stepsLeft-- > 0)) return
    throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
  }
}
